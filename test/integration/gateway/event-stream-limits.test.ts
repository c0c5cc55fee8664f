import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExecutionId } from '../../../src/core/ids.ts';
import { pullStream } from '../../../src/live/pull-stream.ts';
import type { ExecutionListChange } from '../../../src/use-cases/follow-executions.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

const SMALL = 'subscription { executions { changed { id } } }';
const LARGE = 'subscription { executions { left } }';
const STALLED_MS = 4_000;
/** Together more than the kernel keeps of a connection that is not read. */
const MESSAGES = 6;
const LEFT = Array<ExecutionId>(60_000).fill(ExecutionId.parse('01890000-0000-7000-8000-000000000009'));

/** A few messages, then silence. */
async function* aFew(signal: AbortSignal): AsyncGenerator<ExecutionListChange, void, undefined> {
  for (let n = 0; n < MESSAGES; n += 1) yield { changed: [], left: LEFT };
  if (!signal.aborted) await once(signal, 'abort');
}

describe('Streams of server-sent events', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({
      settings: { eventStreams: { maxEventStreams: 3, maxEventStreamsPerViewer: 2, stalledStreamMs: STALLED_MS } },
      useCases: (real) => ({
        ...real,
        executions: { ...real.executions, followExecutions: () => pullStream(aFew, () => undefined) },
      }),
    });
  });
  afterAll(() => gateway.close());

  const pathOf = (query: string): string => `/graphql?query=${encodeURIComponent(query)}`;

  async function open(key = gateway.key): Promise<{ response: Response; leave: () => void }> {
    const leaving = new AbortController();
    const response = await fetch(`${gateway.url}${pathOf(SMALL)}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${key}` },
      signal: leaving.signal,
    });
    return { response, leave: () => leaving.abort() };
  }

  /** One that reads nothing of what it asks for. */
  async function openDeaf(key: string): Promise<Socket> {
    const { hostname, port, host } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(
      `GET ${pathOf(LARGE)} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${key}\r\n\r\n`,
    );
    await expect.poll(() => gateway.subscriptions).toBe(1);
    return socket;
  }

  it('are so many of one viewer, and of all; one that ends makes room', async () => {
    const mine = [await open(), await open()];
    expect(await (await open()).response.text()).toContain('ICEOS_MAX_EVENT_STREAMS_PER_VIEWER');
    const other = await gateway.createKey({ name: 'other' });
    const others = [await open(other)];
    expect(await (await open(other)).response.text()).toContain('ICEOS_MAX_EVENT_STREAMS)');
    expect(gateway.subscriptions).toBe(3);
    expect(gateway.observed.filter((what) => what === 'no room: sse')).toHaveLength(2);
    mine[0]?.leave();
    await expect.poll(() => gateway.subscriptions).toBe(2);
    const again = await open(other);
    await expect.poll(() => gateway.subscriptions).toBe(3);
    for (const { leave } of [...mine, ...others, again]) leave();
    await expect.poll(() => gateway.subscriptions).toBe(0);
  });

  it('of a client that does not read are cut off, in their time', async () => {
    const beganAtMs = Date.now();
    const socket = await openDeaf(gateway.key);
    await expect.poll(() => gateway.subscriptions, { timeout: 4 * STALLED_MS }).toBe(0);
    expect(Date.now() - beganAtMs).toBeGreaterThanOrEqual(STALLED_MS);
    socket.destroy();
  });

  it('of a client that does not read end with its credential', async () => {
    const key = await gateway.createKey({ name: 'ends', expiresAt: Date.now() + 1_500 });
    const beganAtMs = Date.now();
    const socket = await openDeaf(key);
    await expect.poll(() => gateway.subscriptions, { timeout: 4 * STALLED_MS }).toBe(0);
    expect(Date.now() - beganAtMs).toBeLessThan(STALLED_MS);
    socket.destroy();
  });
});
