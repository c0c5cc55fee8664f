import { once } from 'node:events';
import { CloseCode, createClient, type ClientOptions } from 'graphql-ws';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { init, openKnownSocket, openPeer, openRawSocket, subscribe, type RawSocket } from '../../support/raw-socket.ts';
import { until } from '../../support/until.ts';

const MAX_BYTES = 4_096;
const LIST = 'subscription { executions { changed { id } } }';
const VIEWER = '{ viewer { subject } }';

let gateway: TestGateway;
let lookUp: (() => Promise<void>) | undefined;
beforeAll(async () => {
  const unreadable = Object.defineProperty({}, 'fault', {
    enumerable: true,
    get() {
      throw new Error('the password is hunter2');
    },
  });
  gateway = await startTestGateway({
    settings: { maxBodyBytes: MAX_BYTES },
    authenticate: (real) => async (credential) => {
      await lookUp?.();
      return real(credential);
    },
    // What cannot be read fails behind everything that masks errors.
    useCases: (real) => ({
      ...real,
      registry: { ...real.registry, listNodeKinds: () => [{ name: 'code', description: '', schema: unreadable }] },
    }),
  });
});
afterAll(() => gateway.close());

const known = (): Promise<RawSocket> => openKnownSocket(gateway.url, gateway.key);
async function closeOf(socket: RawSocket, ...messages: readonly unknown[]): Promise<number> {
  socket.send(...messages);
  return (await socket.closed).code;
}

const NO_MESSAGES: readonly (readonly [string, unknown])[] = [
  ['no JSON', 'nonsense'],
  ['half JSON', '{"type":"ping"'],
  ['bytes', Buffer.from([0, 255, 254])],
  ['no object', []],
  ['null', 'null'],
  ['nothing', ''],
  ['an object without a type', {}],
  ['an unknown type', { type: 'start' }],
  ['a type that every object has', { type: 'constructor' }],
  ['a subscription without an ID', { type: 'subscribe', payload: { query: VIEWER } }],
  ['a subscription with an empty ID', { type: 'subscribe', id: '', payload: { query: VIEWER } }],
  ['a subscription without a text', { type: 'subscribe', id: 'a', payload: {} }],
  ['variables that are a list', { type: 'subscribe', id: 'a', payload: { query: VIEWER, variables: [] } }],
  ['a payload that is a text', { type: 'ping', payload: 'text' }],
  ['what only servers say: connection_ack', { type: 'connection_ack' }],
  ['what only servers say: next', { type: 'next', id: 'a', payload: { data: {} } }],
  ['what only servers say: error', { type: 'error', id: 'a', payload: [{ message: 'a' }] }],
];

describe('A socket is closed with', () => {
  describe.each([
    ['before the handshake', () => openRawSocket(gateway.url)],
    ['behind the handshake', known],
  ])('4400, %s, for', (_when, open) => {
    it.each(NO_MESSAGES)('%s', async (_what, message) => {
      expect(await closeOf(await open(), message)).toBe(CloseCode.BadRequest);
    });
  });

  it('4401 for an operation before the handshake, and without a valid key', async () => {
    expect(await closeOf(await openRawSocket(gateway.url), subscribe('a', VIEWER))).toBe(CloseCode.Unauthorized);
    expect(await closeOf(await openRawSocket(gateway.url), init('wrong'))).toBe(CloseCode.Unauthorized);
    expect(await closeOf(await openRawSocket(gateway.url), { type: 'connection_init' })).toBe(CloseCode.Unauthorized);
  });

  it('4401 for an operation that does not wait for the acknowledgement', async () => {
    const socket = await openRawSocket(gateway.url);
    expect(await closeOf(socket, init(gateway.key), subscribe('a', VIEWER))).toBe(CloseCode.Unauthorized);
    expect(socket.messages).toEqual([]);
  });

  it('4406 without the subprotocol', async () => {
    expect((await (await openRawSocket(gateway.url, '')).closed).code).toBe(CloseCode.SubprotocolNotAcceptable);
  });

  it('4408 when nothing is said', async () => {
    const { code } = await (await openRawSocket(gateway.url)).closed;
    expect(code).toBe(CloseCode.ConnectionInitialisationTimeout);
  });

  it.each(['a', 'ä'.repeat(500)])('4409 for an ID that is in use: %s', async (id) => {
    const socket = await known();
    expect(await closeOf(socket, subscribe(id, LIST), subscribe(id, LIST))).toBe(CloseCode.SubscriberAlreadyExists);
    expect((await socket.closed).reason).toMatch(/^Subscriber for [aä]+/);
  });

  it('4429 for a second handshake', async () => {
    expect(await closeOf(await known(), init(gateway.key))).toBe(CloseCode.TooManyInitialisationRequests);
  });

  it('4500 for a bug, which is reported and not told, and leaves the console alone', async () => {
    const printed = vi.spyOn(console, 'error');
    const before = gateway.bugs.length;
    const socket = await known();
    expect(await closeOf(socket, subscribe('a', '{ nodeKinds { schema } }'))).toBe(CloseCode.InternalServerError);
    expect(await socket.closed).toMatchObject({ reason: 'Internal server error' });
    expect(gateway.bugs.slice(before)).toMatchObject([{ error: { message: expect.stringContaining('hunter2') } }]);
    expect(printed).not.toHaveBeenCalled();
  });

  it('1011 for a bug in the look-up of a key, 1013 while that cannot be asked', async () => {
    lookUp = () => Promise.reject(new Error('the password is hunter2'));
    const socket = await openRawSocket(gateway.url);
    expect(await closeOf(socket, init(gateway.key))).toBe(1011);
    expect((await socket.closed).reason).toMatch(/^Something is wrong on our side\. Quote the error [\w-]+\.$/);
    lookUp = () => Promise.reject(Object.assign(new Error('away'), { code: 'UNAVAILABLE' }));
    expect(await closeOf(await openRawSocket(gateway.url), init(gateway.key))).toBe(1013);
    lookUp = undefined;
  });

  it('1009 for a message that is too large, 1007 for text that is no UTF-8, 1002 for what is no frame', async () => {
    expect(await closeOf(await known(), ' '.repeat(MAX_BYTES + 1))).toBe(1009);
    const invalid = await known();
    invalid.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await invalid.closed).code).toBe(1007);
    const peer = await openPeer(gateway.url);
    // Clients must mask what they send.
    peer.sendBytes(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
    await until(() => Promise.resolve(peer.received().length >= 4), 5_000, 'a close frame has come');
    expect(Buffer.from(peer.received(), 'latin1').readUInt16BE(2)).toBe(1002);
    peer.socket.destroy();
  });
});

describe('What a client closes', () => {
  it.each([1000, 1001, 4999])('with %i leaves nothing behind', async (code) => {
    const socket = await known();
    socket.send(subscribe('a', LIST));
    await socket.next('next', 'a');
    expect(gateway.subscriptions).toBe(1);
    socket.socket.close(code);
    expect((await socket.closed).code).toBe(code);
    await until(() => Promise.resolve(gateway.subscriptions === 0), 5_000, 'no subscription is open');
  });

  interface Case {
    readonly code: CloseCode;
    readonly why: string;
    readonly options?: Partial<ClientOptions>;
    readonly wait?: () => Promise<void>;
  }
  it.each<Case>([
    {
      code: CloseCode.BadResponse,
      why: 'an answer that it does not understand',
      options: { jsonMessageReviver: () => ({ type: 'nonsense' }) },
    },
    {
      code: CloseCode.InternalClientError,
      why: 'a fault of its own',
      options: { connectionParams: () => Promise.reject(new Error('no key')) },
    },
    {
      code: CloseCode.ConnectionAcknowledgementTimeout,
      why: 'an acknowledgement that does not come',
      options: { connectionAckWaitTimeout: 100 },
      wait: () => delay(500),
    },
  ])('with $code, for $why, leaves nothing behind', async ({ code, options, wait }) => {
    lookUp = wait;
    const closed = new Promise((resolve) => {
      createClient({
        url: `${gateway.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { apiKey: gateway.key },
        retryAttempts: 0,
        ...options,
        on: { closed: resolve },
      }).subscribe({ query: LIST }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    });
    expect(z.looseObject({ code: z.number() }).parse(await closed).code).toBe(code);
    lookUp = undefined;
    await until(() => Promise.resolve(gateway.subscriptions === 0), 5_000, 'no subscription is open');
  });
});

describe('A client that leaves the close frame unanswered', () => {
  const CREATE = `mutation ($source: String!) { createBlueprint(input: { source: $source }) { __typename } }`;

  it('is not listened to any more, loses its streams, and is let go within seconds', async () => {
    const peer = await openPeer(gateway.url);
    const key = await gateway.createKey({ expiresAt: Date.now() + 1_000 });
    peer.send(init(key));
    await until(() => Promise.resolve(peer.received().includes('connection_ack')), 5_000, 'it is acknowledged');
    peer.send(subscribe('stream', LIST));
    await until(() => Promise.resolve(gateway.subscriptions === 1), 5_000, 'it streams');
    await until(() => Promise.resolve(peer.received().includes('Forbidden')), 5_000, 'its key has expired');
    peer.send(subscribe('late', CREATE, { source: JSON.stringify({ name: 'late', nodes: {} }) }));
    await peer.closed;
    await until(() => Promise.resolve(gateway.subscriptions === 0), 1_000, 'no subscription is open');
    expect(peer.received()).not.toContain('"late"');
    expect((await gateway.run('{ blueprint(name: "late") { id } }')).data).toEqual({ blueprint: null });
  });
});

describe('An ID that is used again before its first operation has begun', () => {
  it('leaves no stream behind when the socket ends', async () => {
    const socket = await known();
    for (let n = 0; n < 5; n += 1) socket.send(subscribe('a', LIST), { id: 'a', type: 'complete' });
    socket.send(subscribe('a', LIST));
    await socket.next('next', 'a');
    await delay(200);
    socket.socket.close();
    await once(socket.socket, 'close');
    await until(() => Promise.resolve(gateway.subscriptions === 0), 5_000, 'no subscription is open');
  });
});

it('Nothing but the two faults that were asked for was taken for a bug', () => {
  expect(gateway.bugs).toHaveLength(2);
});

describe('A gateway that closes', () => {
  it('tells every client to connect again (1012), and takes no more', async () => {
    const other = await startTestGateway();
    const sockets = [await openKnownSocket(other.url, other.key), await openRawSocket(other.url)];
    await other.stop();
    for (const { closed } of sockets) expect((await closed).code).toBe(1012);
    await expect(openRawSocket(other.url)).rejects.toThrow('ECONNREFUSED');
    await other.close();
  });
});
