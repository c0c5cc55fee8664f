import { setImmediate } from 'node:timers/promises';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

const Message = z.looseObject({ type: z.string(), id: z.string().optional(), payload: z.unknown().optional() });
type Message = z.infer<typeof Message>;

describe('Sockets', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({
      settings: {
        sockets: {
          ...{ maxSockets: 4, maxSocketsPerViewer: 2, maxOperationsPerSocket: 3, maxMessagesPerSecond: 50 },
          maxBufferedBytes: 1_048_576,
        },
      },
    });
  });
  afterAll(() => gateway.close());

  const dial = (): WebSocket => new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  /** A socket with what it was told, once it is acknowledged or closed. */
  async function connect(key = gateway.key): Promise<{ socket: WebSocket; told: Message[]; code: number | undefined }> {
    const socket = dial();
    const told: Message[] = [];
    const state: { socket: WebSocket; told: Message[]; code: number | undefined } = { socket, told, code: undefined };
    socket.on('message', (data: Buffer) => told.push(Message.parse(JSON.parse(data.toString()))));
    socket.on('close', (code) => (state.code = code));
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
    await expect.poll(() => told.length > 0 || state.code !== undefined).toBe(true);
    return state;
  }
  async function close(...sockets: readonly WebSocket[]): Promise<void> {
    for (const socket of sockets) {
      if (socket.readyState === WebSocket.CLOSED) continue;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    }
  }
  const start = (id: string): string =>
    JSON.stringify({ id, type: 'subscribe', payload: { query: 'subscription { executions { left } }' } });

  it('are so many of one viewer, and of all; one that closes makes room', async () => {
    const mine = [await connect(), await connect()];
    expect(mine.map(({ told }) => told[0]?.type)).toEqual(['connection_ack', 'connection_ack']);
    expect((await connect()).code).toBe(1013);
    const otherKey = await gateway.createKey({ name: 'other' });
    const others = [await connect(otherKey), await connect(otherKey)];
    const refused = dial();
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }]; // as ws says
    expect(response.statusCode).toBe(503);
    expect(gateway.observed.filter((what) => what === 'no room: ws')).toHaveLength(2);
    refused.on('error', () => undefined);
    refused.terminate();
    await close(...mine.map(({ socket }) => socket));
    const again = await connect();
    expect(again.told[0]?.type).toBe('connection_ack');
    await close(again.socket, ...others.map(({ socket }) => socket));
  });

  it('run so many operations at once; one that completes makes room', async () => {
    const { socket, told } = await connect();
    for (const id of ['a', 'b', 'c', 'd']) socket.send(start(id));
    await expect
      .poll(() => told.find(({ id }) => id === 'd'))
      .toMatchObject({
        type: 'error',
        payload: [{ message: expect.stringContaining('3 operations run on this socket') as string }],
      });
    await expect.poll(() => gateway.subscriptions).toBe(3);
    socket.send(JSON.stringify({ id: 'a', type: 'complete' }));
    await expect.poll(() => gateway.subscriptions).toBe(2);
    socket.send(start('e'));
    await expect.poll(() => told.some(({ id, type }) => id === 'e' && type === 'next')).toBe(true);
    await close(socket);
    await expect.poll(() => gateway.subscriptions).toBe(0);
  });

  it('run no more where an ID is used again before its first operation has begun', async () => {
    const { socket, told } = await connect();
    for (let n = 0; n < 10; n += 1) {
      socket.send(start('a'));
      if (n < 9) socket.send(JSON.stringify({ id: 'a', type: 'complete' }));
    }
    await expect.poll(() => JSON.stringify(told)).toContain('3 operations run on this socket');
    expect(gateway.subscriptions).toBeLessThanOrEqual(3);
    await close(socket);
    await expect.poll(() => gateway.subscriptions).toBe(0);
  });

  it('have their whole number where others were refused', async () => {
    const { socket, told } = await connect();
    const unknown = { query: 'query A { __typename }', operationName: 'B' };
    for (const id of ['b', 'c', 'd', 'e']) {
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: unknown }));
      await expect.poll(() => told.some((one) => one.id === id && one.type === 'error')).toBe(true);
    }
    for (const id of ['a', 'b', 'c']) socket.send(start(id));
    await expect.poll(() => gateway.subscriptions).toBe(3);
    await close(socket);
  });

  it('are closed when they send more messages than they may, and others go on', async () => {
    const [flooding, quiet] = [await connect(), await connect()];
    for (let n = 0; n < 200; n += 1) flooding.socket.send(JSON.stringify({ type: 'ping' }));
    await expect.poll(() => flooding.code, { timeout: 5_000 }).toBe(1008);
    expect(flooding.told.filter(({ type }) => type === 'pong').length).toBeLessThanOrEqual(100);
    quiet.socket.send(JSON.stringify({ type: 'ping' }));
    await expect.poll(() => quiet.told.some(({ type }) => type === 'pong')).toBe(true);
    await close(quiet.socket);
    expect(gateway.bugs).toEqual([]);
  });

  it('are told little before they say who they are', async () => {
    const socket = dial();
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(65 * 1024) } }));
    const [code] = z
      .tuple([z.number()])
      .rest(z.unknown())
      .parse(await once(socket, 'close'));
    expect(code).toBe(1009);
  });

  it('are not listened to while they leave answers unread', async () => {
    const [deaf, quiet] = [await connect(), await connect()];
    deaf.socket.pause();
    const MIB = 1024 * 1024;
    const large = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(MIB) } });
    for (let n = 0; n < 40; n += 1) {
      deaf.socket.send(large);
      // Each is masked by this process, which others wait for.
      await setImmediate();
    }
    // What the server would read meanwhile it has read by then.
    for (let n = 1; n <= 30; n += 1) {
      quiet.socket.send(JSON.stringify({ type: 'ping' }));
      await expect.poll(() => quiet.told.filter(({ type }) => type === 'pong').length).toBe(n);
    }
    expect(deaf.socket.bufferedAmount).toBeGreaterThan(10 * MIB);
    deaf.socket.resume();
    await expect.poll(() => deaf.told.filter(({ type }) => type === 'pong').length, { timeout: 20_000 }).toBe(40);
    await close(deaf.socket, quiet.socket);
  });
});
