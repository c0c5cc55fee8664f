import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Session } from '../use-cases/authenticate.ts';
import { unauthenticated } from './admit.ts';
import { credentialOf, credentialOfInit } from './credential.ts';
import type { Gate } from './gate.ts';
import type { MaskError } from './mask-error.ts';
import { problem, withoutHttp } from './problem.ts';
import { createSocketCounts, limitMessages, type SocketCounts, type SocketLimits } from './socket-limits.ts';
import { closeSocket, speak, type SocketExtra } from './socket-protocol.ts';
import type { Addressee } from './socket-writer.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import type { RequireSession } from './require-session.ts';
import type { OpenStream, Streams } from './streams.ts';
import type { Yoga } from './yoga.ts';

/** Close codes that graphql-transport-ws leaves to RFC 6455's registry. */
const CLOSE = { internalError: 1011, serviceRestart: 1012, tryAgainLater: 1013 } as const;
const INIT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_MS = 12_000;
const RESTART_TIMEOUT_MS = 500;

export interface SocketsDeps {
  readonly yoga: Yoga;
  readonly requireSession: RequireSession;
  readonly gate: Gate;
  readonly maskError: MaskError;
  readonly streams: Streams;
  readonly maxMessageBytes: number;
  readonly limits: SocketLimits;
  /** Told of a socket for which there is no room, in this process or for its viewer. */
  readonly onRefused: () => void;
  readonly newId: () => string;
  readonly reportBug: (error: unknown, errorId: string) => void;
}

/** `graphql-transport-ws` on the listener that also speaks HTTP. */
export interface Sockets {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells every client to connect again, and lets go of those that do not answer. */
  close(): Promise<void>;
}

/** What yoga makes for one operation, with the types of graphql-js. */
interface Engine {
  readonly schema: GraphQLSchema;
  parse(text: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): object | Promise<object>;
  execute(args: ExecutionArgs): Promise<ExecutionResult>;
  subscribe(args: ExecutionArgs): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult>;
}
type SocketContext = Context<Record<string, unknown>, SocketExtra>;

/** Authenticates at `connection_init`, admits each operation, and runs it in the same engine as HTTP. */
export function createSockets(deps: SocketsDeps): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: deps.maxMessageBytes, handleProtocols });
  const streams = new WeakMap<WebSocket, OpenStream>();
  /** Of operations that were admitted, by their contexts. */
  const engines = new WeakMap<object, Engine>();
  /** By what asked for them, as a client may use one ID again before its first operation has begun. */
  const running = new WeakMap<WebSocket, Map<SubscribePayload, AsyncGenerator | undefined>>();
  const counts = createSocketCounts(deps.limits);

  const engineOf = ({ contextValue }: ExecutionArgs): Engine => {
    const engine = typeof contextValue === 'object' && contextValue !== null ? engines.get(contextValue) : undefined;
    if (engine === undefined) throw new Error('An operation came to execution without having been admitted.');
    return engine;
  };

  const protocol = makeServer<Record<string, unknown>, SocketExtra>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onConnect: (context) => connect({ ...deps, counts }, streams, context),
    async onSubscribe(context, id, payload) {
      const { maxOperationsPerSocket: most } = deps.limits;
      const { socket, stream } = context.extra;
      const operations = running.get(socket);
      if (operations === undefined) throw new Error('An operation came on a socket that was not accepted.');
      if (operations.size >= most) return [tooManyOperations(most)];
      operations.set(payload, undefined);
      const addressee: Addressee = { socket, stream, id, maxBufferedBytes: deps.limits.maxBufferedBytes };
      const prepared = await prepare(deps, engines, { session: streams.get(socket)?.session, payload, addressee });
      // What is refused is not completed.
      if (!('schema' in prepared)) operations.delete(payload);
      return prepared;
    },
    execute: (args) => engineOf(args).execute(args),
    subscribe: (args) => engineOf(args).subscribe(args),
    onOperation({ extra }, _id, payload, _args, result) {
      if (isGenerator(result)) running.get(extra.socket)?.set(payload, result);
    },
    onError: (_context, _id, _payload, errors) => errors.map((error) => withoutHttp(deps.maskError(error)).toJSON()),
    onComplete: ({ extra }, _id, payload) => void running.get(extra.socket)?.delete(payload),
  });

  return {
    accept(request, rawSocket, head) {
      if (server.clients.size >= deps.limits.maxSockets) {
        deps.onRefused();
        refuseUpgrade(rawSocket, '503 Service Unavailable');
        return;
      }
      server.handleUpgrade(request, rawSocket, head, (socket) => {
        limitMessages(socket, deps.limits);
        const streamsOfSocket = new Map<SubscribePayload, AsyncGenerator | undefined>();
        running.set(socket, streamsOfSocket);
        const reportBug = (error: unknown): void => deps.reportBug(error, deps.newId());
        socket.once('close', () => {
          for (const stream of streamsOfSocket.values()) stream?.return(undefined).catch(reportBug);
        });
        speak(protocol, { socket, stream: rawSocket, request }, { keepAliveMs: KEEP_ALIVE_MS, reportBug });
      });
    },
    async close() {
      await Promise.all([...server.clients].map(restart));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const isGenerator = (result: unknown): result is AsyncGenerator =>
  typeof result === 'object' && result !== null && Symbol.asyncIterator in result && 'return' in result;

/** Authenticates a socket; what it answers with is the payload of `connection_ack`. */
async function connect(
  deps: SocketsDeps & { readonly counts: SocketCounts },
  streams: WeakMap<WebSocket, OpenStream>,
  { connectionParams, extra: { socket, request } }: SocketContext,
): Promise<{ readonly streamId: string } | false> {
  const { requireSession, maskError } = deps;
  const headers = new Headers(flat(request.headers));
  const credential = credentialOfInit(connectionParams) ?? credentialOf((name) => headers.get(name));
  let session: Session;
  try {
    session = await requireSession(request, credential);
  } catch (error) {
    closeSocket(socket, whyClosed(maskError(error)));
    return false;
  }
  // It may have left meanwhile: its `close` would never come again to end the watch.
  if (socket.readyState !== socket.OPEN) return false;
  if (!deps.counts.add(session.viewer, socket)) {
    deps.onRefused();
    closeSocket(socket, { code: CLOSE.tryAgainLater, reason: 'Too many sockets' });
    return false;
  }
  const stream = deps.streams.open(session, () =>
    closeSocket(socket, { code: CloseCode.Forbidden, reason: 'Forbidden' }),
  );
  streams.set(socket, stream);
  socket.once('close', () => stream.stop());
  return { streamId: stream.id };
}

function whyClosed({ message, extensions: { code } }: GraphQLError): {
  readonly code: number;
  readonly reason: string;
} {
  if (code === 'UNAUTHENTICATED') return { code: CloseCode.Unauthorized, reason: 'Unauthorized' };
  if (code === 'RATE_LIMITED') return { code: CLOSE.tryAgainLater, reason: 'Too many failed attempts' };
  return { code: code === 'UNAVAILABLE' ? CLOSE.tryAgainLater : CLOSE.internalError, reason: message };
}

interface Asked {
  readonly session: Session | undefined;
  readonly payload: SubscribePayload;
  readonly addressee: Addressee;
}

/** The operation, ready to be executed, or the errors that refuse it. */
async function prepare(
  { yoga, gate, maskError }: SocketsDeps,
  engines: WeakMap<object, Engine>,
  { session, payload: sent, addressee }: Asked,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    if (session !== undefined && !(await session.isValid())) return [withoutHttp(unauthenticated())];
    // The library takes no message without a text: where only a hash is meant, the text is empty.
    const passed = await gate({ ...sent, query: sent.query === '' ? undefined : sent.query }, session?.viewer);
    if (!passed.ok) return [withoutHttp(passed.error)];
    const { query = sent.query, taken } = passed.value;
    const payload = { ...sent, query };
    const engine: Engine = yoga.getEnveloped({ session, params: payload, taken, addressee });
    const document = engine.parse(payload.query);
    const errors = engine.validate(engine.schema, document);
    if (errors.length > 0) return errors.map(withoutHttp);
    const contextValue = await engine.contextFactory();
    engines.set(contextValue, engine);
    return {
      schema: engine.schema,
      document,
      contextValue,
      operationName: payload.operationName,
      variableValues: payload.variables,
    };
  } catch (error) {
    return [withoutHttp(maskError(error))];
  }
}

const tooManyOperations = (most: number): GraphQLError =>
  problem(
    'RATE_LIMITED',
    `${most} operations run on this socket, which is the limit (ICEOS_MAX_OPERATIONS_PER_SOCKET). Complete one first.`,
  );

function restart(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    if (socket.readyState === socket.CLOSED) resolve();
    else if (socket.readyState === socket.CLOSING) socket.terminate();
    else closeSocket(socket, { code: CLOSE.serviceRestart, reason: 'Service Restart', timeoutMs: RESTART_TIMEOUT_MS });
  });
}

const flat = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
