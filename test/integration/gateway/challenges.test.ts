import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';

const QUERY = '{ viewer { subject } }';
const STREAM = 'subscription { executions { changed { id } } }';
const BARE = 'Bearer realm="iceos"';
const REFUSED = 'Bearer realm="iceos", error="invalid_token"';

// RFC 6750, section 3: what a client that gave nothing learns is how to authenticate, and no error.
describe.each(['default', 'draft'] as const)('A 401 of the profile %s', (httpProfile) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ settings: { httpProfile, allowedOrigins: ['https://app.example.com'] } });
  });
  afterAll(() => gateway.close());

  const get = (query: string, headers: Record<string, string>, more: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}/graphql?${new URLSearchParams({ query, ...more }).toString()}`, { headers });
  const ways: Record<string, (headers: Record<string, string>) => Promise<Response>> = {
    POST: (headers) => postGraphQL(gateway.url, { query: QUERY }, headers),
    'POST for the strict type': (headers) =>
      postGraphQL(gateway.url, { query: QUERY }, { accept: 'application/graphql-response+json', ...headers }),
    GET: (headers) => get(QUERY, { 'graphql-require-preflight': '1', ...headers }),
    'server-sent events': (headers) => get(STREAM, { accept: 'text/event-stream', ...headers }),
    'server-sent events by POST': (headers) =>
      postGraphQL(gateway.url, { query: STREAM }, { accept: 'text/event-stream', ...headers }),
    REST: (headers) => fetch(`${gateway.url}/api/v1/blueprints`, { headers }),
  };

  it.each(Object.entries(ways))('says over %s how to authenticate, and of a wrong credential that', async (_, ask) => {
    const challengeOf = async (headers: Record<string, string>): Promise<unknown> => {
      const response = await ask(headers);
      await response.body?.cancel();
      return [response.status, response.headers.get('www-authenticate')];
    };
    expect(await challengeOf({})).toEqual([401, BARE]);
    expect(await challengeOf({ authorization: 'Basic YTpi' })).toEqual([401, BARE]);
    expect(await challengeOf({ authorization: 'Bearer wrong' })).toEqual([401, REFUSED]);
    expect(await challengeOf({ 'x-api-key': 'wrong' })).toEqual([401, REFUSED]);
  });

  it('says so of a ticket too, and lets pages of allowed origins read it', async () => {
    const origin = 'https://app.example.com';
    const response = await get(STREAM, { accept: 'text/event-stream', origin }, { ticket: 'ist_wrong' });
    await response.body?.cancel();
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, REFUSED]);
    expect(response.headers.get('access-control-expose-headers')).toContain('www-authenticate');
  });
});
