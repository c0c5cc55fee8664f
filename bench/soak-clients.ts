import { setTimeout as delay } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { resumable as resumableSse } from '../src/client/graphql-sse.ts';
import { resumable } from '../src/client/graphql-ws.ts';
import { rememberCursor } from '../src/client/remember-cursor.ts';
import type { Address } from '../test/support/client.ts';
import { eventsIn, SUBSCRIPTION, variablesOf, type SeenEvent } from '../test/support/followers.ts';
import { postGraphQL } from '../test/support/gateway.ts';

/** Where a client goes, with a token that soon ends. */
export interface Renewing {
  readonly url: string;
  /** The server itself: what renews does not break. */
  readonly direct: string;
  newToken(): Promise<string>;
  onRenewed(): void;
}

type Execution = Parameters<typeof variablesOf>[0];
const RENEW = `mutation ($streamId: ID!, $token: String!) {
  renewStream(input: { streamId: $streamId, token: $token }) { __typename } }`;
const RENEW_EVERY_MS = 600;
const RENEW_CHANCE = 0.6;
const RETRY_MS = 20;

/** Renews the stream that is open now, at random: one that is not renewed ends with its token, and is resumed. */
function renewAtRandom({ direct, newToken, onRenewed }: Renewing, streamId: () => string | undefined) {
  const timer = setInterval(() => {
    const id = streamId();
    if (id !== undefined && Math.random() < RENEW_CHANCE) void renew(id);
  }, RENEW_EVERY_MS);
  async function renew(id: string): Promise<void> {
    const token = await newToken();
    const headers = { authorization: `Bearer ${token}`, connection: 'close' };
    const answer = await postGraphQL(direct, { query: RENEW, variables: { streamId: id, token } }, headers);
    // It may be over by now.
    if ((await answer.text()).includes('RenewStreamSuccess')) onRenewed();
  }
  return { stop: () => clearInterval(timer) };
}

/** Over a WebSocket whose token is renewed or ends. */
export async function followRenewingSocket(at: Renewing, execution: Execution): Promise<readonly SeenEvent[]> {
  let streamId: string | undefined;
  const client = createClient({
    url: `${at.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: `Bearer ${await at.newToken()}` }),
    retryAttempts: Infinity,
    retryWait: () => delay(RETRY_MS),
    shouldRetry: () => true,
    on: {
      connected: (_socket, payload) => (streamId = z.object({ streamId: z.string() }).parse(payload).streamId),
      closed: () => (streamId = undefined),
    },
  });
  const renewing = renewAtRandom(at, () => streamId);
  const seen: SeenEvent[] = [];
  await new Promise<void>((complete, reject) => {
    resumable(client).subscribe(
      { query: SUBSCRIPTION, variables: variablesOf(execution) },
      { next: ({ data }) => seen.push(...eventsIn(data)), error: reject, complete },
    );
  }).finally(renewing.stop);
  await client.dispose();
  return seen;
}

/** Over server-sent events whose token is renewed or ends. */
export async function followRenewingEvents(at: Renewing, execution: Execution): Promise<readonly SeenEvent[]> {
  let streamId: string | undefined;
  const seen: SeenEvent[] = [];
  const variables: Record<string, unknown> = variablesOf(execution);
  const client = createSseClient({
    url: `${at.url}/graphql`,
    headers: async () => ({ authorization: `Bearer ${await at.newToken()}` }),
    retryAttempts: Infinity,
    retry: () => delay(RETRY_MS),
    fetchFn: async (...asked: Parameters<typeof fetch>) => {
      const response = await fetch(...asked);
      streamId = response.headers.get('x-stream-id') ?? undefined;
      return response;
    },
  });
  const renewing = renewAtRandom(at, () => streamId);
  // The end of a token is the last result of a stream, which is then complete: whoever has a fresh one begins again.
  const followOnce = (): Promise<boolean> =>
    new Promise((resolve, reject) => {
      let expired = false;
      resumableSse(client).subscribe(
        { query: SUBSCRIPTION, variables },
        {
          next(result) {
            const { data, errors } = result;
            expired = errors?.some((error) => error.extensions['code'] === 'UNAUTHENTICATED') ?? false;
            if (errors !== undefined && !expired) reject(new Error(JSON.stringify(errors)));
            if (data !== undefined && data !== null) seen.push(...eventsIn(data));
            rememberCursor(variables, result);
          },
          error: reject,
          complete: () => resolve(!expired),
        },
      );
    });
  try {
    while (!(await followOnce()));
  } finally {
    renewing.stop();
    client.dispose();
  }
  return seen;
}

const LIST = 'subscription { executions { changed { id status } } }';

/** Begins to watch and goes away without a word, within a moment or while everything is still on its way. */
export async function leaveAtOnce({ url, key }: Address): Promise<void> {
  const ms = Math.floor(Math.random() * 400);
  const headers = { authorization: `Bearer ${key}` };
  if (Math.random() < 0.5) {
    const gone = AbortSignal.timeout(ms);
    const body = JSON.stringify({ query: LIST });
    const asked = { ...headers, accept: 'text/event-stream', 'content-type': 'application/json' };
    const reading = fetch(`${url}/graphql`, { method: 'POST', headers: asked, body, signal: gone });
    // However it is cut off, and by whom.
    await reading.then((response) => response.text()).catch(() => undefined);
    return;
  }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => undefined);
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: headers })));
  socket.on('message', (data: Buffer) => {
    if (!data.includes('connection_ack')) return;
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: LIST } }));
  });
  await delay(ms);
  socket.terminate();
}
