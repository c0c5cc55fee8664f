import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, MessageType, parseMessage, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { KIB, MIB } from '../core/units.ts';

/** What the library hands on with the context of a socket. */
export interface SocketExtra {
  readonly socket: WebSocket;
  /** Underneath. */
  readonly stream: Duplex;
  readonly request: IncomingMessage;
}

/** What a close frame holds of a reason (RFC 6455, 5.5). */
const MAX_REASON_BYTES = 123;
/** How long a client may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Of a message from a client that is not known yet: a token has a few. */
const MAX_GREETING_BYTES = 64 * KIB;
/** Of answers that wait in the socket. */
const MAX_UNREAD_BYTES = MIB;
/** RFC 6455, 7.4.1. */
const MESSAGE_TOO_BIG = 1009;
const SENT_BY_CLIENTS: ReadonlySet<string> = new Set([
  ...[MessageType.ConnectionInit, MessageType.Ping, MessageType.Pong, MessageType.Subscribe, MessageType.Complete],
]);

/** Closes with a reason, and lets go of a client that does not answer; closing twice changes nothing. */
export function closeSocket(
  socket: WebSocket,
  { code, reason, timeoutMs = CLOSE_TIMEOUT_MS }: { code: number; reason: string; timeoutMs?: number },
): void {
  if (socket.readyState !== socket.OPEN) return;
  const timer = setTimeout(() => socket.terminate(), timeoutMs);
  socket.once('close', () => clearTimeout(timer));
  // Whole characters only: half of one is no UTF-8.
  socket.close(code, Buffer.from(reason).subarray(0, MAX_REASON_BYTES).toString().replace(/�+$/, ''));
}

/**
 * Speaks graphql-transport-ws on a socket, in place of the adapter of graphql-ws: that one writes what clients do to the
 * console, answers messages that only a server sends as if the server had failed, and goes on with a client that leaves
 * the close frame unanswered.
 */
export function speak(
  protocol: Server<SocketExtra>,
  extra: SocketExtra,
  { keepAliveMs, reportBug }: { readonly keepAliveMs: number; readonly reportBug: (error: unknown) => void },
): void {
  const { socket } = extra;
  let isKnown = false;
  const stopPinging = ping(socket, keepAliveMs);
  const fail = (error: unknown): void => {
    reportBug(error);
    closeSocket(socket, { code: CloseCode.InternalServerError, reason: 'Internal server error' });
  };
  // ws closes the socket by itself, with the code that fits.
  socket.on('error', () => undefined);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send(text) {
        // The first that is said to a client that is known: until then nothing is asked for and nothing large is taken.
        isKnown ||= text.startsWith('{"type":"connection_ack"');
        return send(socket, text);
      },
      close: (code, reason) => closeSocket(socket, { code: code ?? CloseCode.BadRequest, reason: reason ?? '' }),
      onMessage: (receive) =>
        socket.on('message', (data: Buffer) => {
          if (socket.readyState !== socket.OPEN) return;
          if (!isKnown && data.length > MAX_GREETING_BYTES) {
            closeSocket(socket, { code: MESSAGE_TOO_BIG, reason: 'Say who you are first, in fewer bytes' });
            return;
          }
          const text = data.toString();
          receive(text).catch((error: unknown) => {
            if (isOfClients(text)) fail(error);
            else closeSocket(socket, { code: CloseCode.BadRequest, reason: 'Invalid message received' });
          });
        }),
    },
    extra,
  );
  socket.once('close', (code, reason) => {
    stopPinging();
    closed(code, String(reason)).catch(reportBug);
  });
}

/**
 * What cannot be sent has nobody to be told: the `close` of the socket follows. A client that does not read its answers is
 * not listened to: it could have answers pile up without an end.
 */
const send = (socket: WebSocket, text: string): Promise<void> =>
  new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) {
      resolve();
      return;
    }
    socket.send(text, () => {
      // One that is being closed is paused for good.
      if (socket.isPaused && socket.readyState === socket.OPEN) socket.resume();
      resolve();
    });
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.pause();
  });

// The library has parsed it: it throws for the messages that it does not know what to do with.
const isOfClients = (text: string): boolean => SENT_BY_CLIENTS.has(parseMessage(text).type);

/** Lets go of a client that does not answer a ping before the next. */
function ping(socket: WebSocket, everyMs: number): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, everyMs);
  return () => clearInterval(timer);
}
