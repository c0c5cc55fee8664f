import { IncomingMessage } from 'node:http';
import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { MIB } from '../core/units.ts';
import type { Authenticate, Session } from '../use-cases/authenticate.ts';
import { unauthenticated } from './admit.ts';
import { createOperationContext, type UseCases } from './context.ts';
import { reportCost } from './cost-report.ts';
import { asksForEvents, credentialOf, ticketOf } from './credential.ts';
import { draftProfile, type HttpProfile } from './draft-profile.ts';
import { subscribeAnew } from './fresh-context.ts';
import { createEventStreamCounts, type EventStreamLimits } from './event-stream-limits.ts';
import type { Gate } from './gate.ts';
import type { MaskError } from './mask-error.ts';
import { operationTimeout } from './operation-timeout.ts';
import { observeOperations, type OperationObserver } from './observe-operations.ts';
import { heardBy, payloadExtensions } from './payload-extensions.ts';
import { problem, refusal } from './problem.ts';
import type { RateLimits, Taken } from './rate-limits.ts';
import { reportRefusals, type OnRefusal } from './refusals.ts';
import type { RequireSession } from './require-session.ts';
import { createRooms } from './rooms.ts';
import { createSharedResults, selectionOf } from './shared-results.ts';
import { createSsePlugin } from './sse.ts';
import { sendResults, type Addressee } from './socket-writer.ts';
import { markAsRevoked, noteStreamId } from './sse-request.ts';
import type { OpenSubscriptions } from './open-subscriptions.ts';
import type { Streams } from './streams.ts';
import { traceOperations } from './trace-operations.ts';
import type { Tracing } from '../telemetry/tracing.ts';

/** Told of each subscription that begins (1) or ends (-1). */
export type OnSubscription = (change: 1 | -1, transport: 'ws' | 'sse') => void;

export interface YogaDeps {
  readonly schema: GraphQLSchema;
  readonly useCases: UseCases;
  readonly requireSession: RequireSession;
  readonly authenticateTicket: Authenticate;
  readonly gate: Gate;
  readonly rateLimits: RateLimits;
  /** Of a query or a mutation. */
  readonly operationTimeoutMs: number;
  readonly maskError: MaskError;
  readonly streams: Streams;
  readonly maxBodyBytes: number;
  readonly httpProfile: HttpProfile;
  readonly eventStreams: EventStreamLimits;
  readonly onSubscription: OnSubscription;
  readonly openSubscriptions: Pick<OpenSubscriptions, 'shift'>;
  readonly onRefusal: OnRefusal;
  readonly observer: OperationObserver;
  readonly tracing?: Tracing | undefined;
}

export type Yoga = YogaServerInstance<object, object>;

/** What a transport knows of an operation: HTTP its request, a WebSocket its session. */
interface Initial {
  readonly request?: Request;
  readonly session?: Session | undefined;
  readonly taken?: Taken | undefined;
  /** Where the results of a subscription go; absent: they are yielded. */
  readonly addressee?: Addressee | undefined;
}

/** What is known of requests over HTTP while they are answered. */
interface OfRequests {
  readonly sessions: WeakMap<Request, Session>;
  readonly standings: WeakMap<Request, Taken>;
}

/** The GraphQL engine behind all transports. */
export function createGatewayYoga(deps: YogaDeps): Yoga {
  const ofRequests: OfRequests = { sessions: new WeakMap(), standings: new WeakMap() };
  const { sessions, standings } = ofRequests;
  const takenOf = (contextValue: unknown): Taken | undefined => {
    if (typeof contextValue !== 'object' || contextValue === null) return undefined;
    const { request, taken }: Initial = contextValue;
    return taken ?? (request && standings.get(request));
  };
  return createYoga<object, object>({
    schema: deps.schema,
    context: ({ request, session = request && sessions.get(request) }: Initial) => {
      // Both transports authenticate before they make a context; without a session nothing may run.
      if (session === undefined) throw unauthenticated();
      return createOperationContext(deps, session);
    },
    plugins: [
      csrf(),
      guard(deps, ofRequests),
      readableParameters,
      maskValidation(deps),
      operationTimeout(deps.operationTimeoutMs),
      reportCost(deps.rateLimits, takenOf, standings),
      freshContexts(deps, sessions),
      reportRefusals(deps.onRefusal),
      observeOperations(deps.observer),
      ...(deps.tracing === undefined ? [] : [traceOperations(deps.tracing)]),
      createSsePlugin({ stalledStreamMs: deps.eventStreams.stalledStreamMs }),
      ...(deps.httpProfile === 'draft' ? [draftProfile()] : []),
    ],
    parserAndValidationCache: {
      documentCache: new LRUCache<string, DocumentNode>(KEPT_TEXT),
      errorCache: new LRUCache<string, Error>(KEPT_TEXT),
      validationCache: true,
    },
    maskedErrors: { maskError: deps.maskError },
    maxRequestBodySize: deps.maxBodyBytes,
    cors: false,
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    graphqlEndpoint: '/graphql',
    // The server's own routes answer these questions.
    healthCheckEndpoint: '/graphql/alive',
  });
}

/** Of documents that were parsed: clients send the same few again and again. Bounded by their text. */
const KEPT_TEXT = { maxSize: 2 * MIB, sizeCalculation: (_value: object, text: string): number => text.length + 1 };

const CSRF_HEADERS = ['graphql-require-preflight', 'apollo-require-preflight', 'x-graphql-yoga-csrf'];

/** GET subscriptions are exempt: `EventSource` cannot set headers, and reading an answer is not a forgery. */
function csrf(): Plugin {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: CSRF_HEADERS });
  return {
    async onRequestParse(payload) {
      if (asksForEvents(payload.request)) return;
      try {
        return await onRequestParse?.(payload);
      } catch {
        const names = CSRF_HEADERS.join(', ');
        throw refusal('FORBIDDEN', `A page elsewhere could have sent this. Send one of these headers too: ${names}.`);
      }
    },
  };
}

/** Authentication before the body is read, admission before anything is executed. */
function guard({ requireSession, authenticateTicket, gate }: YogaDeps, { sessions, standings }: OfRequests): Plugin {
  return {
    async onRequestParse({ request, serverContext }) {
      const { req } = ofNode(serverContext);
      const credential = credentialOf((name) => request.headers.get(name));
      const ticket = credential === undefined ? ticketOf(request) : undefined;
      const by = ticket === undefined ? undefined : authenticateTicket;
      sessions.set(request, await requireSession(req, credential ?? ticket, by));
    },
    async onParams({ request, params, setParams }) {
      const passed = await gate(params, sessions.get(request)?.viewer);
      if (!passed.ok) throw passed.error;
      const { query, taken } = passed.value;
      if (query !== undefined) setParams({ ...params, query });
      if (taken !== undefined) standings.set(request, taken);
    },
  };
}

/** The request as Node has it, with the socket that it came on. */
function ofNode(context: object): { readonly req: IncomingMessage } {
  if ('req' in context && context.req instanceof IncomingMessage) return { req: context.req };
  throw new Error('A request over HTTP came without the one of Node.');
}

/** Yoga parses the parameters of a GET as they are: what is no JSON there is no fault of ours. */
const readableParameters: Plugin = {
  onRequestParse({ requestParser, setRequestParser }) {
    if (requestParser === undefined) return;
    setRequestParser(async (request) => {
      try {
        return await requestParser(request);
      } catch (error) {
        if (error instanceof GraphQLError || !(error instanceof SyntaxError)) throw error;
        throw refusal('BAD_REQUEST', `variables and extensions must be JSON objects: ${error.message}`);
      }
    });
  },
};

/** Yoga masks what execution throws; what validation finds passes through here, so that it suggests nothing where it must not. */
const maskValidation = ({ maskError }: YogaDeps): Plugin => ({
  onValidate:
    () =>
    ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map(maskError));
    },
});

function freshContexts(deps: YogaDeps, sessions: WeakMap<Request, Session>): Plugin {
  const results = createSharedResults();
  const rooms = createRooms();
  const counts = createEventStreamCounts(deps.eventStreams);
  const renew = (contextValue: unknown): unknown => {
    if (!hasSession(contextValue)) throw new Error('A subscription runs without a session.');
    return { ...contextValue, ...createOperationContext(deps, contextValue.session) };
  };
  return {
    onSubscribe({ args: { contextValue }, setSubscribeFn }) {
      // Only an operation over HTTP has a request; a socket is closed as a whole when its session ends.
      const request = 'request' in contextValue ? contextValue.request : undefined;
      const session = request && sessions.get(request);
      const transport = session === undefined ? 'ws' : 'sse';
      const { addressee }: Initial = contextValue;
      setSubscribeFn(async (args) => {
        const refused = session && counts.add(session.viewer);
        if (refused !== undefined) {
          deps.observer.onRefusedStream('sse');
          return { errors: [refused] };
        }
        let hasBegun = false;
        const makeRoom = (): void => {
          if (session) counts.remove(session.viewer);
        };
        const selection = hasSession(contextValue) ? selectionOf(args, contextValue.session.viewer) : '';
        const stream = await subscribeAnew(args, {
          renew,
          extensionsOf: payloadExtensions,
          maskError: deps.maskError,
          shared(payload, make) {
            const message = heardBy(payload);
            return message === undefined ? make() : results.of({ message, selection, make });
          },
          enter: (live, reader) => rooms.enter({ live, selection }, reader),
          onSubscription(change) {
            hasBegun = true;
            if (change === -1) makeRoom();
            deps.onSubscription(change, transport);
            deps.openSubscriptions.shift(args, change);
          },
          watch:
            session &&
            ((end) => {
              const stream = deps.streams.open(session, () => {
                end(sessionEnded());
                markAsRevoked(request);
              });
              noteStreamId(request, stream.id);
              return stream;
            }),
        }).finally(() => {
          if (!hasBegun) makeRoom();
        });
        return addressee !== undefined && Symbol.asyncIterator in stream ? sendResults(stream, addressee) : stream;
      });
    },
  };
}

const sessionEnded = () =>
  problem(
    'UNAUTHENTICATED',
    'The credential has expired or was revoked. Your cursor stays good: resume with another one.',
  );

const hasSession = (context: unknown): context is { readonly session: Session } =>
  typeof context === 'object' && context !== null && 'session' in context;
