import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantId } from '../../../src/core/ids.ts';
import { encodeGlobalId } from '../../../src/gateway/global-id.ts';
import { openApiText, ROUTES } from '../../../src/gateway/rest/routes.ts';
import { createBlueprintClient, setOutput, type BlueprintClient } from '../../support/blueprint-client.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { openRestClient, readOpenApi, type RestClient } from '../../support/rest-client.ts';

const LIST = '/api/v1/blueprints';
const ORIGIN = 'https://app.example.com';

let gateway: TestGateway;
let client: BlueprintClient;
let send: RestClient;
const secret = new Error('the password is hunter2');
beforeAll(async () => {
  gateway = await startTestGateway({
    settings: { allowedOrigins: [ORIGIN], rateLimits: new Map([['publishBlueprint', 2]]), operationTimeoutMs: 3_000 },
    useCases: (real) => ({
      ...real,
      blueprints: {
        ...real.blueprints,
        findBlueprint: (viewer, name) => {
          if (name === 'bug') return Promise.reject(secret);
          if (name === 'slow') return new Promise(() => undefined);
          if (name === 'away') return Promise.reject(Object.assign(new Error('10.0.0.7'), { code: 'UNAVAILABLE' }));
          return real.blueprints.findBlueprint(viewer, name);
        },
      },
    }),
  });
  client = createBlueprintClient(gateway);
  send = await openRestClient(gateway);
});
afterAll(() => gateway.close());

describe('The description', () => {
  it('has every route of the table and nothing else, and is served as it is checked in', async () => {
    const { paths } = await readOpenApi();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    const table = ROUTES.map(({ method, path, operationId }) => `${method} ${path} ${operationId}`);
    expect(described.sort()).toEqual(table.sort());
    const served = await send('GET', '/api/v1/openapi.json');
    expect(served.text).toBe(await readFile('docs/generated/openapi.json', 'utf8'));
  });

  it('leads nowhere outside of itself', async () => {
    const text = openApiText();
    const { components } = await readOpenApi();
    const names = [...text.matchAll(/"\$ref": "(.*?)"/g)].map(([, ref]) => ref ?? '');
    expect(names.filter((ref) => !/^#\/components\/(schemas|headers)\//.test(ref))).toEqual([]);
    const missing = names.filter((ref) => {
      const [kind = '', name = ''] = ref.split('/').slice(2);
      return !Object.hasOwn(Object(components[kind]), name);
    });
    expect(missing).toEqual([]);
  });
});

describe('GET of one blueprint', () => {
  it('answers with its document, its version and a weak ETag, by ID and by name', async () => {
    const id = await client.create('one');
    const byId = await send('GET', `${LIST}/${id}`);
    expect(byId.status).toBe(200);
    expect(byId.json).toMatchObject({ name: 'one', nodes: { a: { kind: 'transform', output: 1 } } });
    expect(Object.fromEntries(byId.headers)).toMatchObject({
      'content-type': 'application/json',
      'x-version-lock': '1',
      etag: 'W/"1"',
      vary: expect.stringContaining('Accept') as string,
      'content-location': `${LIST}/${id}`,
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      'ratelimit-limit': '2000000',
    });
    const byName = await send('GET', `${LIST}/one`);
    expect(byName.text).toBe(byId.text);
    expect(byName.headers.get('content-location')).toBe(`${LIST}/${id}`);
    // A blueprint that takes the name over has version 1 too, and is another one.
    expect(byName.headers.get('etag')).not.toBe('W/"1"');
  });

  it('answers in YAML or JSON, as the Accept header likes best', async () => {
    const id = await client.create('types');
    const typeFor = async (accept: string) =>
      (await send('GET', `${LIST}/${id}`, { headers: { accept } })).headers.get('content-type');
    expect(await typeFor('application/yaml')).toBe('application/yaml');
    expect(await typeFor('text/html, application/*;q=0.5, application/json;q=0.1')).toBe('application/yaml');
    expect(await typeFor('*/*')).toBe('application/json');
    expect(await typeFor('application/json;q=0, application/yaml;q=0')).toBe('application/problem+json');
    expect(await send('GET', `${LIST}/${id}`, { headers: { accept: 'text/html' } })).toMatchObject({
      status: 406,
      json: { code: 'NOT_ACCEPTABLE' },
    });
    const yaml = await send('GET', `${LIST}/${id}`, { headers: { accept: 'application/yaml' } });
    expect(yaml.text).toMatch(/^name: types\nnodes:\n/);
  });

  it('answers 304 without a body to who has it', async () => {
    const id = await client.create('kept');
    const statusFor = async (tag: string, method = 'GET') =>
      (await send(method, `${LIST}/${id}`, { headers: { 'if-none-match': tag } })).status;
    expect(await Promise.all(['W/"1"', '"1"', '"7", W/"1"', '*', 'W/"2"', '1'].map((tag) => statusFor(tag)))).toEqual([
      ...[304, 304, 304, 304, 200, 200],
    ]);
    expect(await statusFor('W/"1"', 'HEAD')).toBe(304);
    await client.update(id, 1, [setOutput('a', 2)]);
    expect(await statusFor('W/"1"')).toBe(200);
    expect((await send('GET', `${LIST}/${id}`, { headers: { 'if-match': 'W/"2"' } })).status).toBe(400);
  });

  it('does not tell what is not there from what is not the viewer’s', async () => {
    const id = await client.create('mine');
    const tenant = TenantId.parse('0198c0de-0000-7000-8000-000000000002');
    const foreign = await gateway.createKey({ tenant });
    const missing = encodeGlobalId('Blueprint', '0198c0de-0000-7000-8000-00000000dead');
    const lock = { 'x-version-lock': '1' };
    for (const [method, more] of [
      ['GET', {}],
      ['PUT', { headers: lock, body: { name: 'mine', nodes: {} } }],
      ['PATCH', { headers: { ...lock, 'content-type': 'application/merge-patch+json' }, body: {} }],
      ['DELETE', { headers: lock }],
    ] as const) {
      const theirs = await send(method, `${LIST}/${id}`, { ...more, key: foreign });
      const none = await send(method, `${LIST}/${missing}`, { ...more, key: foreign });
      expect([theirs.status, theirs.json['code']]).toEqual([404, 'NOT_FOUND']);
      expect(theirs.text.replaceAll(id, missing)).toBe(none.text);
    }
    for (const odd of ['%00', '%E0%A4%A', 'x'.repeat(2_000), 'mine%2F..'])
      expect((await send('GET', `${LIST}/${odd}`)).status).toBe(404);
    expect((await send('GET', `${LIST}/mine`, { key: foreign })).status).toBe(404);
  });
});

describe('The list', () => {
  it('goes from page to page by Link and by cursor, and says what it does not know', async () => {
    for (const name of ['page-c', 'page-a', 'page-b']) await client.create(name);
    const first = await send('GET', `${LIST}?nameContains=PAGE-&first=2`);
    expect(first.json).toMatchObject({ items: [{ name: 'page-a', version: 1 }, { name: 'page-b' }] });
    const next = /^<(\/api\/v1\/blueprints\?.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(new URL(next, gateway.url).searchParams.get('after')).toBe(first.json['nextCursor']);
    const second = await send('GET', next);
    expect(second.json).toMatchObject({ items: [{ name: 'page-c' }], nextCursor: null });
    expect(second.headers.get('link')).toBeNull();
    for (const wrong of ['first=101', 'first=0', 'first=x', 'after=x', 'archived=1', 'frist=2', 'first=1&first=2']) {
      expect(await send('GET', `${LIST}?${wrong}`)).toMatchObject({ status: 400, json: { code: 'BAD_REQUEST' } });
    }
  });
});

describe('Every route', () => {
  it('wants a credential and its scope', async () => {
    const write = await gateway.createKey({ scopes: ['blueprints:write'] });
    const read = await gateway.createKey({ scopes: ['blueprints:read'] });
    for (const { method, path } of ROUTES) {
      const place = path.replace('{id}', encodeGlobalId('Blueprint', '0198c0de-0000-7000-8000-00000000dead'));
      for (const key of ['', 'ice_wrong']) {
        expect(await send(method, place, { key })).toMatchObject({ status: 401, json: { code: 'UNAUTHENTICATED' } });
      }
      if (path.endsWith('.json')) continue;
      const isPatch = method === 'PATCH';
      const answer = await send(method, place, {
        key: method === 'GET' ? write : read,
        headers: {
          'x-version-lock': path === LIST ? '__new__' : '1',
          ...(isPatch && { 'content-type': 'application/merge-patch+json' }),
        },
        ...(method !== 'GET' && method !== 'DELETE' && !path.endsWith('publish') && { body: { name: 'x', nodes: {} } }),
      });
      expect([method, path, answer.status, answer.json['code']]).toEqual([method, path, 403, 'FORBIDDEN']);
    }
  });

  it('answers HEAD, OPTIONS and what it does not know', async () => {
    const head = await send('HEAD', LIST);
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    const options = await send('OPTIONS', `${LIST}/x`);
    expect([options.status, options.headers.get('allow'), options.headers.get('accept-patch')]).toEqual([
      204,
      'GET, HEAD, PUT, PATCH, DELETE, OPTIONS',
      'application/merge-patch+json',
    ]);
    const refused = await send('PUT', LIST);
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
    for (const path of ['/api/v1', '/api/v2/blueprints', `${LIST}/`, `${LIST}/a/b/c`]) {
      expect((await send('GET', path)).status).toBe(404);
    }
  });

  it('says what is too much, when to come again, and where a viewer stands', async () => {
    const key = await gateway.createKey({ name: 'eager' });
    const publish = () =>
      send('POST', `${LIST}/${encodeGlobalId('Blueprint', 'x')}/publish`, { key, headers: { 'x-version-lock': '1' } });
    const answers = await Promise.all(Array.from({ length: 10 }, publish));
    expect(answers.map(({ status }) => status).sort()).toEqual([404, 404, ...Array.from({ length: 8 }, () => 429)]);
    const limited = answers.find(({ status }) => status === 429);
    expect(limited?.json).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) as number });
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    const list = await send('GET', `${LIST}?nameContains=nothing-like-this`, { key });
    // What the page has not in it was given back: 11 for each publication, 1 for the list.
    expect(list.headers.get('ratelimit-remaining')).toBe(String(2_000_000 - 22 - 1));
  });

  it('hides bugs behind an errorId, and says when the database is away or too slow', async () => {
    const bug = await send('GET', `${LIST}/bug`);
    expect(bug).toMatchObject({ status: 500, json: { code: 'INTERNAL' } });
    expect(bug.text).not.toContain('hunter2');
    expect(gateway.bugs).toEqual([{ error: secret, errorId: bug.json['errorId'] }]);
    const away = await send('GET', `${LIST}/away`);
    expect(away).toMatchObject({ status: 503, json: { code: 'UNAVAILABLE' } });
    expect(away.text).not.toContain('10.0.0.7');
    expect(await send('GET', `${LIST}/slow`)).toMatchObject({ status: 504, json: { code: 'TIMEOUT' } });
  });

  it('is for our names, and for pages of the allowed origins', async () => {
    const misdirected = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${gateway.url}${LIST}`, { headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });
    expect(misdirected).toBe(421);
    const preflight = await send('OPTIONS', `${LIST}/x`, {
      key: '',
      headers: { origin: ORIGIN, 'access-control-request-method': 'PATCH' },
    });
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-version-lock');
    const read = await send('GET', LIST, { headers: { origin: ORIGIN } });
    expect(read.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(read.headers.get('access-control-expose-headers')).toContain('x-version-lock');
    const elsewhere = await send('GET', LIST, { headers: { origin: 'https://evil.example' } });
    expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull();
  });
});
