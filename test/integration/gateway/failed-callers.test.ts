import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';

const QUERY = '{ viewer { subject } }';
const STREAM = 'subscription { executions { changed { id } } }';
const MOST = 3;

describe('Who cannot say who asks', () => {
  let gateway: TestGateway;
  let lastOctet = 0;
  let from: Record<string, string>;
  beforeAll(async () => {
    gateway = await startTestGateway({
      settings: { trustedProxies: ['127.0.0.0/8'], maxFailedAuthentications: MOST },
    });
  });
  afterAll(() => gateway.close());
  // Each test asks from an address of its own.
  beforeEach(() => {
    lastOctet += 1;
    from = { 'x-forwarded-for': `198.51.100.${lastOctet}` };
  });

  const post = (headers: Record<string, string>): Promise<Response> =>
    postGraphQL(gateway.url, { query: QUERY }, { ...from, ...headers });
  const wrong = { authorization: 'Bearer ice_wrong' };
  async function fail(times: number): Promise<void> {
    for (let n = 0; n < times; n += 1) expect((await post(n % 2 === 0 ? wrong : {})).status).toBe(401);
  }
  const ways: Record<string, (headers: Record<string, string>) => Promise<Response>> = {
    POST: post,
    'server-sent events': (headers) =>
      fetch(`${gateway.url}/graphql?${new URLSearchParams({ query: STREAM }).toString()}`, {
        headers: { accept: 'text/event-stream', ...from, ...headers },
      }),
    REST: (headers) => fetch(`${gateway.url}/api/v1/blueprints`, { headers: { ...from, ...headers } }),
  };

  it.each(Object.entries(ways))('is told over %s to wait after so many attempts', async (_, ask) => {
    await fail(MOST);
    for (const headers of [{}, wrong]) {
      const response = await ask(headers);
      expect(response.status).toBe(429);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(50);
      expect(response.headers.get('www-authenticate')).toBeNull();
      expect(await response.text()).toContain('ICEOS_MAX_FAILED_AUTHENTICATIONS');
      expect(gateway.observed.at(-1)).toBe('unauthenticated: limited');
    }
    const good = await ask({ authorization: `Bearer ${gateway.key}` });
    expect(good.status).toBe(200);
    await good.body?.cancel();
    from = { 'x-forwarded-for': '203.0.113.1' };
    expect((await ask(wrong)).status).toBe(401);
  });

  it('has its socket closed with 4401, and after so many attempts with 1013', async () => {
    const closedWith = async (payload: object): Promise<unknown> => {
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: from,
      });
      socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
      return new Promise((resolve) => {
        socket.once('message', (data: Buffer) => {
          socket.close();
          resolve(JSON.parse(data.toString()));
        });
        socket.once('close', (code, reason) => resolve([code, reason.toString()]));
      });
    };
    for (let n = 0; n < MOST; n += 1) expect(await closedWith({ apiKey: 'wrong' })).toEqual([4401, 'Unauthorized']);
    expect(await closedWith({ apiKey: 'wrong' })).toEqual([1013, 'Too many failed attempts']);
    expect(await closedWith({})).toEqual([1013, 'Too many failed attempts']);
    expect(await closedWith({ apiKey: gateway.key })).toMatchObject({ type: 'connection_ack' });
    expect((await post(wrong)).status).toBe(429);
  });
});
