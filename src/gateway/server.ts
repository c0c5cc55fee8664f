import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Tracing } from '../telemetry/tracing.ts';
import type { Authenticate } from '../use-cases/authenticate.ts';
import { createAdmit, type OperationLimits } from './admit.ts';
import { createClientAddress } from './client-address.ts';
import type { UseCases } from './context.ts';
import { answerCrossOrigin } from './cross-origin.ts';
import type { HttpProfile } from './draft-profile.ts';
import { createFailedAttempts } from './failed-attempts.ts';
import { createPlayground, PLAYGROUND_HEADERS } from './graphiql.ts';
import { answer, answerHealth, hidesBehindName, type HealthDeps } from './health.ts';
import { listen, urlOf } from './listener.ts';
import { createListenerRules, type ListenerRules } from './listener-rules.ts';
import type { EventStreamLimits } from './event-stream-limits.ts';
import { createMaskError } from './mask-error.ts';
import { schema } from './schema/index.ts';
import { createGate, type Gate } from './gate.ts';
import { NO_OBSERVER, tellUnread, type OperationObserver } from './observe-operations.ts';
import { createRest, type Rest } from './rest/rest.ts';
import { createRateLimits, type LimiterQuery } from './rate-limits.ts';
import { createFindDocument, type DocumentsByHash } from './trusted-documents.ts';
import { reportingGate, type OnRefusal } from './refusals.ts';
import { refuseAsSent } from './refuse-as-sent.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { createRequireSession, type RequireSession } from './require-session.ts';
import { createOpenSubscriptions, type OpenSubscriptions } from './open-subscriptions.ts';
import { createStreams } from './streams.ts';
import type { SocketLimits } from './socket-limits.ts';
import { createSockets, type Sockets } from './websocket.ts';
import { createGatewayYoga, type OnSubscription, type Yoga } from './yoga.ts';

/** What the gateway may be told by the operator. */
export interface GatewaySettings {
  /** Default 127.0.0.1. */
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Names that a Host header may carry besides the loopback names. */
  readonly allowedHosts: readonly string[];
  /** Of pages elsewhere that may read answers and open sockets, such as `https://app.example.com`. */
  readonly allowedOrigins: readonly string[];
  readonly metricsToken: string | undefined;
  /** Whether browsers get the playground. */
  readonly graphiql: boolean;
  readonly httpProfile: HttpProfile;
  /** Of an HTTP body and of a WebSocket message. */
  readonly maxBodyBytes: number;
  readonly limits: OperationLimits;
  readonly sockets: SocketLimits;
  readonly eventStreams: EventStreamLimits;
  /** Of a query or a mutation, in milliseconds. */
  readonly operationTimeoutMs: number;
  /** Complexity that the operations of one viewer may have in a minute. */
  readonly maxCostPerMinute: number;
  /** Calls a minute of one viewer, by root field, in place of what the schema says. */
  readonly rateLimits: ReadonlyMap<string, number>;
  readonly trustedDocuments: DocumentsByHash;
  /** Whether no other documents run. */
  readonly trustedDocumentsOnly: boolean;
  /** CIDR ranges of proxies that say in front of whom they stand. */
  readonly trustedProxies: readonly string[];
  /** Of one address in a minute. */
  readonly maxFailedAuthentications: number;
  /** Addresses that are counted. */
  readonly maxFailedAddresses: number;
}

/** Everything that the gateway needs; made and connected by `app.ts`. */
export interface GatewayDeps extends Pick<HealthDeps, 'findUnreadiness' | 'renderMetrics'> {
  readonly settings: GatewaySettings;
  readonly useCases: UseCases;
  readonly authenticate: Authenticate;
  readonly authenticateTicket: Authenticate;
  readonly newId: () => string;
  /** Where counts of all processes stand; undefined: this process counts for itself. */
  readonly limiterQuery?: LimiterQuery | undefined;
  /** Called once for each bug; `errorId` is what the client was told. */
  readonly reportBug: (error: unknown, errorId: string) => void;
  readonly onSubscription?: OnSubscription;
  readonly observer?: OperationObserver;
  /** Undefined: nobody collects traces. */
  readonly tracing?: Tracing | undefined;
}

/** The listener in front of the use cases: GraphQL over HTTP, server-sent events and WebSockets, health and metrics. */
export interface Gateway {
  start(signal: AbortSignal): Promise<void>;
  /** Takes no more, tells sockets to connect again, and ends what is still open. */
  close(): Promise<void>;
  /** Where it listens, once started: `http://127.0.0.1:4000`. */
  readonly url: string;
}

const DRAIN_MS = 1_000;

/** Makes the gateway; nothing listens before `start`. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { settings } = deps;
  const {
    trustedDocuments: documents,
    trustedDocumentsOnly: only,
    maxCostPerMinute: maxCost,
    rateLimits: fieldMax,
  } = settings;
  const rateLimits = createRateLimits({ schema, maxCost, fieldMax, query: deps.limiterQuery });
  // A sample: where it cannot be written, what was refused is refused all the same.
  const observer = deps.observer ?? NO_OBSERVER;
  const onRefusal: OnRefusal = (viewer, refused) => {
    if (refused.code === 'RATE_LIMITED') observer.onRateLimited();
    return deps.useCases.audit
      .recordRefusal(viewer, refused)
      .catch((error: unknown) => deps.reportBug(error, deps.newId()));
  };
  const findDocument = createFindDocument({ documents, only });
  const admit = createAdmit(schema, settings.limits);
  const reporting = reportingGate(createGate({ findDocument, admit, rateLimits }), onRefusal);
  const gate: Gate = (...asked) => tellUnread(reporting(...asked), observer);
  const maskError = createMaskError({ ...deps, suggestions: settings.limits.introspection });
  const addressOf = createClientAddress(settings.trustedProxies);
  const failed = createFailedAttempts({ ...settings, monotonicMs: () => performance.now() });
  const authenticated = createRequireSession({ ...deps, ...settings, ...observer, addressOf, failed });
  const requireSession: RequireSession = (...asked) => tellUnread(authenticated(...asked), observer);
  const streams = createStreams({ ...deps, onRenew: deps.useCases.audit.recordRenewal });
  const openSubscriptions = createOpenSubscriptions();
  const yoga = createGatewayYoga({
    ...deps,
    ...settings,
    streams,
    schema,
    requireSession,
    gate,
    rateLimits,
    maskError,
    onRefusal,
    observer,
    openSubscriptions,
    onSubscription: deps.onSubscription ?? (() => undefined),
  });
  const rest = createRest({ ...deps, ...settings, schema, requireSession, rateLimits, maskError, onRefusal, observer });
  const sockets = createSockets({
    ...deps,
    streams,
    yoga,
    requireSession,
    gate,
    maskError,
    maxMessageBytes: settings.maxBodyBytes,
    limits: settings.sockets,
    onRefused: () => observer.onRefusedStream('ws'),
  });
  const rules = createListenerRules(settings);
  const open = new Set<ServerResponse>();
  const routes = createRoutes({ deps, yoga, rest, rules, openSubscriptions });

  const server = createServer((request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    routes(request, response).catch((error: unknown) => {
      const errorId = deps.newId();
      deps.reportBug(error, errorId);
      if (!response.headersSent)
        answer(response, { status: 500, text: `Something is wrong on our side: ${errorId}\n` });
      else response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => upgrade({ request, socket, head }, rules, sockets));

  let closing: Promise<void> | undefined;
  return {
    start: () => (server.listening ? Promise.resolve() : listen(server, settings)),
    close: () => (closing ??= drain(server, sockets, open)),
    get url() {
      return urlOf(server);
    },
  };
}

interface Answering {
  readonly deps: GatewayDeps;
  readonly yoga: Yoga;
  readonly rest: Rest;
  readonly rules: ListenerRules;
  readonly openSubscriptions: OpenSubscriptions;
}

function createRoutes({ deps, yoga, rest, rules, openSubscriptions }: Answering) {
  const health: HealthDeps = {
    ...deps,
    metricsToken: deps.settings.metricsToken,
    listSubscriptions: () => openSubscriptions.list(),
  };
  const origins = new Set(deps.settings.allowedOrigins);
  const playground = deps.settings.graphiql ? createPlayground() : undefined;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (hidesBehindName(rules, { path, request, response })) return;
    if (await answerHealth(health, { path, request, response })) return;
    if (playground !== undefined && wantsPage(request, path)) {
      response.writeHead(200, PLAYGROUND_HEADERS).end(await playground());
      return;
    }
    const isRest = path.startsWith('/api/');
    if (isRest || path === '/graphql') {
      if (answerCrossOrigin(origins, request, response)) return;
      response.setHeader('cache-control', 'no-store');
      response.setHeader('x-content-type-options', 'nosniff');
      response.setHeader('cross-origin-resource-policy', origins.size > 0 ? 'cross-origin' : 'same-origin');
      response.setHeader('referrer-policy', 'no-referrer');
      if (isRest) await rest(request, response);
      else if (!refuseAsSent(request, response, deps.settings.httpProfile)) await yoga(request, response);
      return;
    }
    answer(response, { status: 404, text: 'There is nothing here. GraphQL is at /graphql, plain HTTP at /api/v1.\n' });
  };
}

// A browser's address bar; programs that ask by GET do not accept HTML.
const wantsPage = ({ method, headers }: IncomingMessage, path: string): boolean =>
  method === 'GET' && (path === '/' || path === '/graphql') && headers.accept?.includes('text/html') === true;

function upgrade(
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
  rules: ListenerRules,
  sockets: Sockets,
): void {
  // A socket that breaks before it is one must not end the process.
  socket.on('error', () => socket.destroy());
  const path = (request.url ?? '/').split('?', 1)[0];
  const refusal =
    path !== '/graphql'
      ? '404 Not Found'
      : !rules.isOurHost(request)
        ? '421 Misdirected Request'
        : !rules.isOurOrigin(request)
          ? '403 Forbidden'
          : undefined;
  if (refusal === undefined) sockets.accept(request, socket, head);
  else refuseUpgrade(socket, refusal);
}

async function drain(server: Server, sockets: Sockets, open: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
  // A stream has no end of its own. It is cut and not completed: its client must connect again, not believe it over.
  for (const response of open) {
    if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.destroy();
  }
  await sockets.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(timer);
}
