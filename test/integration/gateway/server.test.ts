import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { getIntrospectionQuery, parse, validate } from 'graphql';
import { PLAYGROUND_TABS } from '../../../src/gateway/graphiql.ts';
import { schema } from '../../../src/gateway/schema/index.ts';
import { GraphQLAnswer, postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
const secret = new Error('the password is hunter2');
beforeAll(async () => {
  gateway = await startTestGateway({
    settings: {
      maxBodyBytes: 64 * 1024,
      metricsToken: 'a-token-for-metrics',
      allowedOrigins: ['https://app.example.com'],
    },
    useCases: (real) => ({
      ...real,
      blueprints: {
        ...real.blueprints,
        findBlueprint: (viewer, name) =>
          name === 'bug' ? Promise.reject(secret) : real.blueprints.findBlueprint(viewer, name),
      },
    }),
  });
});
afterAll(() => gateway.close());

/** As a browser that was told another name for this address would ask. */
function statusFor(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${gateway.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.end();
  });
}

const auth = (): Record<string, string> => ({ authorization: `Bearer ${gateway.key}` });

describe('The listener', () => {
  it('answers by its own names only', async () => {
    expect(await statusFor('/graphql', { host: 'evil.example' })).toBe(421);
    expect(await statusFor('/', { host: 'evil.example', accept: 'text/html' })).toBe(421);
    expect(await statusFor('/', { host: 'localhost', accept: 'text/html' })).toBe(200);
    expect(await statusFor('/nothing', {})).toBe(404);
  });

  it('tells probes that it is alive and ready, whatever name they use', async () => {
    expect(await statusFor('/healthz', { host: '10.1.2.3:4000' })).toBe(200);
    expect(await statusFor('/readyz', { host: '10.1.2.3:4000' })).toBe(200);
  });

  it('shows metrics to the holder of the token', async () => {
    expect(await statusFor('/metrics', {})).toBe(403);
    expect(await statusFor('/metrics', { authorization: 'Bearer wrong' })).toBe(403);
    const authorization = 'Bearer a-token-for-metrics';
    expect(await statusFor('/metrics', { authorization })).toBe(200);
    expect(await statusFor('/metrics', { authorization, host: 'evil.example' })).toBe(421);
  });
});

describe('POST and GET', () => {
  it('answer 401 without a key and 400 to what is no request', async () => {
    const query = '{ viewer { subject } }';
    const strict = { accept: 'application/graphql-response+json' };
    expect((await postGraphQL(gateway.url, { query })).status).toBe(401);
    expect((await postGraphQL(gateway.url, { query }, { 'x-api-key': gateway.key })).status).toBe(200);
    expect((await postGraphQL(gateway.url, { query: '{' }, { ...auth(), ...strict })).status).toBe(400);
    expect((await postGraphQL(gateway.url, {}, { ...auth(), ...strict })).status).toBe(400);
  });

  it('take no batches and no body beyond the limit', async () => {
    const batch = await postGraphQL(gateway.url, [{ query: '{ viewer { subject } }' }], auth());
    expect(batch.status).toBe(400);
    const large = await postGraphQL(gateway.url, { query: `{ viewer { subject } } #${'x'.repeat(70_000)}` }, auth());
    expect(large.status).toBe(413);
  });

  it('take what a form of another site could send only with a header that it could not', async () => {
    const body = '{ viewer { subject } }';
    const simple = { ...auth(), 'content-type': 'text/plain' };
    const url = `${gateway.url}/graphql`;
    expect((await fetch(url, { method: 'POST', headers: simple, body: JSON.stringify({ query: body }) })).status).toBe(
      403,
    );
    expect((await fetch(`${url}?query=${encodeURIComponent(body)}`, { headers: auth() })).status).toBe(403);
    const preflighted = { ...auth(), 'graphql-require-preflight': '1' };
    expect((await fetch(`${url}?query=${encodeURIComponent(body)}`, { headers: preflighted })).status).toBe(200);
  });

  it('change nothing by GET', async () => {
    const query = 'mutation { deleteBlueprint(input: { id: "x", expectedVersion: 1 }) { __typename } }';
    const response = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { ...auth(), 'graphql-require-preflight': '1' },
    });
    expect(response.status).toBe(405);
  });

  it('allow no other site to read the answer', async () => {
    const response = await postGraphQL(
      gateway.url,
      { query: '{ __typename }' },
      { ...auth(), origin: 'https://evil.example' },
    );
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const preflight = await fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    expect(preflight.headers.get('access-control-allow-headers')).toBeNull();
  });

  it('let pages of the allowed origins read answers and streams, without credentials of the browser', async () => {
    const origin = 'https://app.example.com';
    const more = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    const preflight = await fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin, ...more } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    const answered = await postGraphQL(gateway.url, { query: '{ __typename }' }, { ...auth(), origin });
    expect(answered.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answered.headers.get('vary')).toContain('Origin');
    const refused = await postGraphQL(gateway.url, { query: '{ __typename }' }, { origin });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
    const query = encodeURIComponent('subscription { executions { left } }');
    const stream = await fetch(`${gateway.url}/graphql?query=${query}`, {
      headers: { ...auth(), origin, accept: 'text/event-stream' },
    });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.headers.get('access-control-allow-origin')).toBe(origin);
    await stream.body?.cancel();
  });
});

describe('A bug', () => {
  it('is masked, reported once with its errorId, and leaves the other answers', async () => {
    const response = await postGraphQL(
      gateway.url,
      { query: '{ viewer { subject } blueprint(name: "bug") { id } }' },
      auth(),
    );
    const text = await response.text();
    expect(text).not.toContain('hunter2');
    const { data, errors } = GraphQLAnswer.parse(JSON.parse(text));
    expect(data).toEqual({ viewer: { subject: 'test' }, blueprint: null });
    expect(errors).toMatchObject([{ path: ['blueprint'], extensions: { code: 'INTERNAL' } }]);
    expect(gateway.bugs).toEqual([{ error: secret, errorId: errors?.[0]?.extensions?.['errorId'] }]);
  });
});

describe('The playground', () => {
  it('is one page that loads nothing from the network', async () => {
    const response = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
    const page = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'self'");
    expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
    expect(page).toContain('subscription Watch');
    expect(page).not.toContain(gateway.key);
  });

  it('may ask for the schema as deep as it does', async () => {
    const query = getIntrospectionQuery({
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      inputValueDeprecation: true,
    });
    const answer = GraphQLAnswer.parse(await (await postGraphQL(gateway.url, { query }, auth())).json());
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toHaveProperty('__schema');
  });

  it.each(PLAYGROUND_TABS.map(({ query }) => [query]))('has a tab that the schema understands: %s', (query) => {
    expect(validate(schema, parse(query))).toEqual([]);
  });
});

describe('A WebSocket', () => {
  const closeOf = (headers: Record<string, string>, init?: unknown): Promise<number | string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
      socket.on('open', () => {
        if (init !== undefined) socket.send(JSON.stringify({ type: 'connection_init', payload: init }));
      });
      socket.on('message', (data: Buffer) => {
        resolve(data.toString());
        socket.close();
      });
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('error', () => undefined);
      socket.on('close', resolve);
    });

  it('is not opened for the page of another site, nor under another name', async () => {
    expect(await closeOf({ origin: 'https://evil.example' })).toBe(403);
    expect(await closeOf({ host: 'evil.example' })).toBe(421);
  });

  it('is acknowledged for a key in the payload or in a header', async () => {
    const acknowledged = /^\{"type":"connection_ack","payload":\{"streamId":"[0-9a-f-]{36}"\}\}$/;
    expect(await closeOf({}, { authorization: `Bearer ${gateway.key}` })).toMatch(acknowledged);
    expect(await closeOf({}, { apiKey: gateway.key })).toMatch(acknowledged);
    expect(await closeOf(auth(), {})).toMatch(acknowledged);
  });

  it('is closed with 4401 without a valid key, and with 4408 when nothing is said', async () => {
    expect(await closeOf({}, { apiKey: 'wrong' })).toBe(4401);
    expect(await closeOf({})).toBe(4408);
  });

  it('is closed with 1009 for a message beyond the limit', async () => {
    expect(await closeOf({}, { apiKey: 'x'.repeat(70_000) })).toBe(1009);
  });
});
