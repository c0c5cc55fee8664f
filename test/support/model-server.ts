import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Json } from '../../src/core/json.ts';
import { KIB } from '../../src/core/units.ts';
import { embeddingsOf, type Embedded } from './embeddings-protocol.ts';
import { PATHS, streamOf, type Protocol, type Said, type Sent } from './model-protocols.ts';

/** How the server answers one request. */
export type Behaviour =
  | { readonly kind: 'says'; readonly said: Said; readonly everyMs?: number }
  /** Ends the connection after so many events, without an end of the stream. */
  | { readonly kind: 'cut'; readonly said: Said; readonly after: number }
  /** The vectors of texts; after that time, or with the connection ended after so many bytes. */
  | { readonly kind: 'embeds'; readonly embedded: Embedded; readonly afterMs?: number; readonly cutAt?: number }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Sends this in place of the answer. */
  | { readonly kind: 'raw'; readonly text: string }
  /** Sends what means nothing, for as long as somebody reads. */
  | { readonly kind: 'endless' }
  /** Takes the request and ends the connection. */
  | { readonly kind: 'hangsUp' }
  /** Takes the request and never answers. */
  | { readonly kind: 'silent' };

export interface Asked {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Json;
}

/** A provider of models on loopback that speaks the protocol on a real socket. */
export interface ModelServer {
  readonly baseUrl: string;
  /** What was asked so far. */
  readonly asked: readonly Asked[];
  /** Requests whose connection the client has ended before the answer was complete. */
  readonly abandoned: number;
  close(): Promise<void>;
}

/** Starts a provider; `behave` says how it answers the request of that number, from 0 on. */
export async function startModelServer(
  protocol: Protocol,
  behave: (index: number, asked: Asked) => Behaviour,
): Promise<ModelServer> {
  const asked: Asked[] = [];
  let abandoned = 0;
  const server = http.createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) abandoned += 1;
    });
    void read(request).then(async (body) => {
      const one: Asked = { path: request.url ?? '', headers: request.headers, body };
      const index = asked.push(one) - 1;
      const isEmbedding = protocol !== 'anthropic' && one.path === '/v1/embeddings';
      if (!isEmbedding && one.path !== `/v1${PATHS[protocol]}`) response.writeHead(404).end();
      else await answer(response, { protocol, asked: one }, behave(index, one));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    asked,
    get abandoned() {
      return abandoned;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(request: http.IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
  return JSON.parse(Buffer.concat(chunks).toString()) as Json; // what JSON.parse gives is JSON
}

const textOf = ({ event, data }: Sent): string =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

interface Question {
  readonly protocol: Protocol;
  readonly asked: Asked;
}

async function answer(
  response: http.ServerResponse,
  { protocol, asked }: Question,
  behaviour: Behaviour,
): Promise<void> {
  const { kind } = behaviour;
  if (kind === 'silent') return;
  if (kind === 'hangsUp') {
    response.socket?.destroy();
    return;
  }
  if (kind === 'status') {
    response.writeHead(behaviour.status, { 'content-type': 'application/json', ...behaviour.headers });
    response.end(behaviour.body ?? JSON.stringify({ error: { message: 'as the test asks', type: 'test' } }));
    return;
  }
  if (kind === 'embeds') {
    await embed(response, asked, behaviour);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (kind === 'raw') {
    response.end(behaviour.text);
    return;
  }
  if (kind === 'endless') {
    await pipeline(Readable.from(comments()), response).catch(() => undefined); // until the client leaves
    return;
  }
  const events = streamOf[protocol](behaviour.said);
  const everyMs = kind === 'says' ? (behaviour.everyMs ?? 0) : 0;
  for (const sent of kind === 'cut' ? events.slice(0, behaviour.after) : events) {
    if (everyMs > 0) await delay(everyMs);
    if (response.destroyed) return;
    response.write(textOf(sent));
  }
  if (kind === 'says') response.end();
  else response.socket?.end(); // without the last chunk: the client sees that it was cut
}

async function embed(
  response: http.ServerResponse,
  { body }: Asked,
  { embedded, afterMs, cutAt }: Extract<Behaviour, { readonly kind: 'embeds' }>,
): Promise<void> {
  if (afterMs !== undefined) await delay(afterMs);
  if (response.destroyed) return;
  const text = JSON.stringify(embeddingsOf(body, embedded));
  response.writeHead(200, { 'content-type': 'application/json' });
  if (cutAt === undefined) response.end(text);
  else response.write(text.slice(0, cutAt), () => response.socket?.end());
}

/** A comment, as the streams of all protocols may have them. */
function* comments(): Generator<Buffer> {
  const line = Buffer.from(`:${' '.repeat(64 * KIB)}\n`);
  for (;;) yield line;
}
