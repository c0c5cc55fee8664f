import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** One subscription that a client made, and what the server does to it. */
export interface Subscription {
  readonly after: string | null;
  readonly authorization: string | undefined;
  next(message: Record<string, unknown>): void;
  error(code: string): void;
  complete(): void;
  /** Ends the connection as a broken cable does. */
  cut(): void;
  close(code: number, reason: string): void;
}

const opened: { readonly server: Server; readonly sockets: WebSocketServer }[] = [];
/** Ends all servers that were started. */
export function closeServers(): void {
  for (const { server, sockets } of opened.splice(0)) {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  }
}

/** A server that speaks graphql-transport-ws; each subscription is played by the next of the given scenes. */
export async function serverPlaying(...scenes: readonly ((subscription: Subscription) => void)[]): Promise<string> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: '/graphql', handleProtocols: () => 'graphql-transport-ws' });
  opened.push({ server, sockets });
  const waiting = [...scenes];
  sockets.on('connection', (socket: WebSocket) => {
    const send = (message: unknown): void => socket.send(JSON.stringify(message));
    let authorization: string | undefined;
    socket.on('message', (bytes: Buffer) => {
      const message = JSON.parse(bytes.toString());
      if (message.type === 'connection_init') {
        authorization = message.payload?.authorization;
        send({ type: 'connection_ack' });
      }
      if (message.type !== 'subscribe') return;
      const { id, payload } = message;
      waiting.shift()?.({
        after: payload.variables.after ?? null,
        authorization,
        next: (executionEvents) => send({ id, type: 'next', payload: { data: { executionEvents } } }),
        error: (code) => send({ id, type: 'error', payload: [{ message: 'No.', extensions: { code } }] }),
        complete: () => send({ id, type: 'complete' }),
        cut: () => socket.terminate(),
        close: (code, reason) => socket.close(code, reason),
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address that is an object.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const execution = (status: string): unknown => ({
  status,
  progress: { done: 0, total: 1 },
  requestedAt: '2026-01-01T00:00:00Z',
});
/** A batch with one event. */
export const events = (cursor: string, type: string, status = 'RUNNING'): Record<string, unknown> => ({
  __typename: 'ExecutionEvents',
  cursor,
  events: [{ type, cursor, at: '2026-01-01T00:00:00Z' }],
  execution: execution(status),
  nodes: [],
});
/** The batch with the last event. */
export const end = (cursor: string): Record<string, unknown> => events(cursor, 'EXECUTION_SUCCEEDED', 'SUCCEEDED');
