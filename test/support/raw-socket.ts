import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { z } from 'zod';

const Message = z.looseObject({ type: z.string(), id: z.string().optional(), payload: z.unknown().optional() });
export type Message = z.infer<typeof Message>;

/** A socket without a client library: what it sends need not be the protocol. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly messages: readonly Message[];
  /** How the server, or this side, ended it. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Strings and bytes go as they are, all else as JSON. */
  send(...messages: readonly unknown[]): void;
  /** The next message of a type, or one that has come already. */
  next(type: string, id?: string): Promise<Message>;
}

const addressOf = (url: string): string => `${url.replace('http', 'ws')}/graphql`;

export async function openRawSocket(url: string, protocol = 'graphql-transport-ws'): Promise<RawSocket> {
  const socket = new WebSocket(addressOf(url), protocol === '' ? [] : [protocol]);
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => messages.push(Message.parse(JSON.parse(data.toString()))));
  socket.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await once(socket, 'open');
  return {
    socket,
    messages,
    closed,
    send(...sent) {
      for (const one of sent) socket.send(typeof one === 'string' || Buffer.isBuffer(one) ? one : JSON.stringify(one));
    },
    async next(type, id) {
      for (;;) {
        const found = messages.find((message) => message.type === type && message.id === id);
        if (found !== undefined) return found;
        if (socket.readyState !== socket.OPEN) throw new Error(`The socket ended before a message "${type}" came.`);
        await Promise.race([once(socket, 'message'), closed]);
      }
    },
  };
}

export const init = (key: string): object => ({ type: 'connection_init', payload: { apiKey: key } });
export const subscribe = (id: string, query: string, variables: Record<string, unknown> = {}): object => ({
  ...{ id, type: 'subscribe' },
  payload: { query, variables },
});

/** One that has said who it is, and may ask. */
export async function openKnownSocket(url: string, key: string): Promise<RawSocket> {
  const raw = await openRawSocket(url);
  raw.send(init(key));
  await raw.next('connection_ack');
  return raw;
}

/** A peer that speaks WebSocket by hand, and so never answers a close frame unless told to. */
export interface Peer {
  readonly socket: Socket;
  /** All that has come since the upgrade. */
  readonly received: () => string;
  readonly closed: Promise<void>;
  send(message: unknown): void;
  sendBytes(bytes: Buffer): void;
}

export async function openPeer(url: string): Promise<Peer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  const closed = once(socket, 'close').then(() => undefined);
  await once(socket, 'connect');
  socket.write(
    `GET /graphql HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
  );
  await once(socket, 'data');
  socket.on('data', (data) => (received += data.toString('latin1')));
  return {
    socket,
    closed,
    received: () => received,
    send: (message) => socket.write(textFrame(JSON.stringify(message))),
    sendBytes: (bytes) => socket.write(bytes),
  };
}

/** Masked with zeros, which leave the text as it is (RFC 6455, 5.3). */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const size = Buffer.alloc(4);
  size.writeUInt16BE(0x81fe, 0);
  size.writeUInt16BE(payload.length, 2);
  return Buffer.concat([size, Buffer.alloc(4), payload]);
}
