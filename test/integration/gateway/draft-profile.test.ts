import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphQLAnswer, startTestGateway, type TestGateway } from '../../support/gateway.ts';

/** https://http-spec.graphql.org/September2026: each MUST and SHOULD for servers. */
const GRAPHQL = 'application/graphql-response+json; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const VIEWER = '{ viewer { subject } }';

let gateway: TestGateway;
let unavailable = false;
beforeAll(async () => {
  gateway = await startTestGateway({
    settings: { httpProfile: 'draft', maxBodyBytes: 4_096 },
    authenticate: (real) => (credential) =>
      unavailable ? Promise.reject(Object.assign(new Error('away'), { code: 'UNAVAILABLE' })) : real(credential),
    useCases: (real) => ({
      ...real,
      blueprints: { ...real.blueprints, findBlueprint: () => Promise.reject(new Error('a bug')) },
    }),
  });
});
afterAll(() => gateway.close());

interface Sent {
  readonly method?: string;
  readonly accept?: string;
  readonly type?: string;
  readonly body?: string;
  readonly key?: string;
}

async function answerTo(search: string, sent: Sent) {
  const { method = 'GET', accept = 'application/graphql-response+json', type, body, key = gateway.key } = sent;
  const response = await fetch(`${gateway.url}/graphql${search}`, {
    method,
    headers: {
      ...{ accept, authorization: `Bearer ${key}`, 'graphql-require-preflight': '1' },
      ...(type === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const contentType = response.headers.get('content-type');
  const isJson = contentType?.includes('json') === true;
  const { data, errors } = isJson ? GraphQLAnswer.parse(JSON.parse(text)) : {};
  return { status: response.status, type: contentType, allow: response.headers.get('allow'), data, errors };
}
const postText = (body: string, sent: Sent = {}) =>
  answerTo('', { method: 'POST', type: 'application/json', body, ...sent });
const post = (body: unknown, sent: Sent = {}) => postText(JSON.stringify(body), sent);
const get = (parameters: Record<string, string>, sent: Sent = {}) =>
  answerTo(`?${new URLSearchParams(parameters)}`, sent);

describe('In the draft profile', () => {
  it('POST and GET are answered with 200, the media type and its encoding', async () => {
    const data = { viewer: { subject: 'test' } };
    for (const answer of [
      await post({ query: VIEWER }),
      await post({ query: VIEWER }, { type: 'application/json; charset=utf-8' }),
      await get({ query: VIEWER }),
    ]) {
      expect(answer).toMatchObject({ status: 200, type: GRAPHQL, data });
      expect(answer.errors).toBeUndefined();
    }
  });

  it('text is UTF-8 in both directions, unless it says otherwise', async () => {
    const query = 'query ($name: String!) { __type(name: $name) { name } }';
    expect(await post({ query, variables: { name: 'Läufer🏃' } })).toMatchObject({
      status: 200,
      data: { __type: null },
    });
    expect((await post({ query: '{ __typename @include(if: "ä🏊") }' })).errors?.[0]?.message).toContain('ä🏊');
  });

  it('optional parameters may be null in a body, and empty in a URL', async () => {
    const none = { operationName: null, variables: null, extensions: null };
    expect(await post({ query: VIEWER, ...none })).toMatchObject({ status: 200 });
    expect(await get({ query: VIEWER, operationName: '', variables: '', extensions: '' })).toMatchObject({
      status: 200,
    });
    expect(await get({ query: 'query null { __typename }', operationName: 'null' })).toMatchObject({ status: 200 });
    const query = 'query ($name: String!) { __type(name: $name) { name } }';
    const given = { query, variables: '{"name":"Query"}', extensions: '{"a":1}' };
    expect(await get(given)).toMatchObject({ status: 200, data: { __type: { name: 'Query' } } });
  });

  it('properties that it does not know are ignored', async () => {
    expect(await post({ query: VIEWER, id: 'a', documentId: 'b' })).toMatchObject({ status: 200 });
  });

  it('data beside errors is 294, also where data is null', async () => {
    const query = '{ viewer { subject } blueprint(name: "a") { id } }';
    const partial = await post({ query });
    expect(partial).toMatchObject({
      status: 294,
      type: GRAPHQL,
      data: { viewer: { subject: 'test' }, blueprint: null },
    });
    expect(partial.errors).toHaveLength(1);
    expect(await post({ query: '{ blueprint(name: "a") { id } }' })).toMatchObject({ status: 294 });
    expect(JSON.stringify(partial)).not.toContain('"http"');
  });

  describe('no data is', () => {
    it('405 with Allow for a mutation by GET, and for another method', async () => {
      expect(await get({ query: 'mutation { __typename }' })).toMatchObject({ status: 405, allow: 'POST' });
      for (const method of ['PUT', 'DELETE', 'PATCH']) {
        const { status, allow } = await answerTo('', { method, type: 'application/json', body: '{}' });
        expect([status, allow]).toEqual([405, 'GET, POST']);
      }
    });

    it('415 for another media type, and for none', async () => {
      for (const type of ['application/xml', 'text/plain', 'application/octet-stream']) {
        expect((await post({ query: VIEWER }, { type })).status).toBe(415);
      }
      const body = new Blob([JSON.stringify({ query: VIEWER })]);
      const headers = { authorization: `Bearer ${gateway.key}`, 'graphql-require-preflight': '1' };
      expect((await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })).status).toBe(415);
    });

    it('413 for a large body, 414 for a long URL, 431 for large headers', async () => {
      expect((await post({ query: `${VIEWER} #${'x'.repeat(5_000)}` })).status).toBe(413);
      const long = await get({ query: `${VIEWER} #${'x'.repeat(8_000)}` });
      expect([long.status, long.type]).toEqual([414, 'text/plain; charset=utf-8']);
      expect((await post({ query: VIEWER }, { key: 'x'.repeat(20_000) })).status).toBe(431);
    });

    it.each(['NONSENSE', '{"query":', ''])('400 for a body that is no JSON: %s', async (body) => {
      const { status, data, errors } = await postText(body);
      expect(status).toBe(400);
      expect(data).toBeUndefined();
      expect(errors).toHaveLength(1);
    });

    it.each([
      [{}],
      [{ qeury: VIEWER }],
      [[]],
      ['text'],
      [{ query: 7 }],
      [{ query: VIEWER, operationName: 7 }],
      [{ query: VIEWER, variables: [7] }],
      [{ query: VIEWER, variables: 'text' }],
      [{ query: VIEWER, extensions: [] }],
    ])('422 for what is no request: %j', async (body) => {
      const { status, type, data } = await post(body);
      expect([status, type, data]).toEqual([422, GRAPHQL, undefined]);
    });

    it.each([{ variables: 'x' }, { variables: '[1]' }, { extensions: '{' }, { variables: '7' }])(
      '422 for what is no request in a URL: %j',
      async (parameters) => {
        expect((await get({ query: VIEWER, ...parameters })).status).toBe(422);
      },
    );

    it('400 for a document that cannot be parsed', async () => {
      expect(await post({ query: '{' })).toMatchObject({ status: 400, type: GRAPHQL, data: undefined });
    });

    it.each([
      ['does not pass validation', { query: '{ nothing }' }],
      ['is refused by a rule of this server', { query: '{ blueprints(first: 1000) { edges { cursor } } }' }],
      ['leaves open which operation is meant', { query: 'query A { __typename } query B { __typename }' }],
      ['names an operation that is not there', { query: 'query A { __typename }', operationName: 'B' }],
      ['has no operation', { query: 'fragment A on Query { __typename }' }],
      [
        'has variables that cannot be coerced',
        { query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id: null } },
      ],
    ])('422 for a request that %s', async (_what, body) => {
      expect(await post(body)).toMatchObject({ status: 422, type: GRAPHQL, data: undefined });
    });

    it('422 for a document that is known by its hash alone, and is not', async () => {
      const answer = await post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'a' } } });
      expect(answer).toMatchObject({ status: 422, errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] });
    });

    it('401 for who is not known, 503 while that cannot be asked', async () => {
      expect(await post({ query: VIEWER }, { key: 'nobody' })).toMatchObject({ status: 401, type: GRAPHQL });
      unavailable = true;
      expect(await post({ query: VIEWER })).toMatchObject({ status: 503, type: GRAPHQL });
      unavailable = false;
    });
  });

  describe('Accept', () => {
    it.each([
      ['*/*', GRAPHQL],
      ['application/*', GRAPHQL],
      ['application/json, application/graphql-response+json', GRAPHQL],
      ['application/json;q=0.9, application/graphql-response+json', GRAPHQL],
      ['application/graphql-response+json;q=0.5, text/html', GRAPHQL],
      ['application/graphql-response+json;q=0, application/json', JSON_TYPE],
      ['text/html, application/json;q=0.1', JSON_TYPE],
      ['application/graphql-response+json;q=0.5, application/json', JSON_TYPE],
      ['*/*;q=0.1, application/json', JSON_TYPE],
      ['text/event-stream, */*;q=0.1', GRAPHQL],
      ['application/json; charset=utf-8', JSON_TYPE],
    ])('%s is answered with %s', async (accept, type) => {
      expect(await post({ query: VIEWER }, { accept })).toMatchObject({ status: 200, type });
    });

    it('application/json alone gets the same statuses, and its type where things went well', async () => {
      const accept = 'application/json';
      const query = '{ viewer { subject } blueprint(name: "a") { id } }';
      expect(await post({ query }, { accept })).toMatchObject({ status: 294, type: JSON_TYPE });
      expect(await post({ query: '{ nothing }' }, { accept })).toMatchObject({ status: 422, type: GRAPHQL });
      expect(await post({ query: '{' }, { accept })).toMatchObject({ status: 400, type: GRAPHQL });
    });

    it.each(['text/html', 'application/xml, image/*', 'application/json;q=0', 'application/json; charset=latin1'])(
      '%s is 406, and nothing runs',
      async (accept) => {
        const query = 'mutation ($source: String!) { createBlueprint(input: { source: $source }) { __typename } }';
        const variables = { source: JSON.stringify({ name: 'unheard', nodes: {} }) };
        const { status, type } = await post({ query, variables }, { accept });
        expect([status, type]).toEqual([406, 'text/plain; charset=utf-8']);
        const { data } = await gateway.run('{ blueprints(first: 10) { edges { node { name } } } }');
        expect(data).toEqual({ blueprints: { edges: [] } });
      },
    );

    it('text/event-stream alone gets a stream of the one answer', async () => {
      const answer = await post({ query: VIEWER }, { accept: 'text/event-stream' });
      expect(answer).toMatchObject({ status: 200, type: expect.stringContaining('text/event-stream') });
    });
  });

  it('what the client did wrong was never taken for a bug', () => {
    expect(gateway.bugs.map(({ error }) => String(error))).toEqual(Array.from({ length: 3 }, () => 'Error: a bug'));
  });
});

describe('In the default profile', () => {
  it('weights count too, and what cannot be answered is refused before it runs', async () => {
    const other = await startTestGateway();
    const ask = (search: string, accept: string) =>
      fetch(`${other.url}/graphql?${search}`, {
        headers: { accept, authorization: `Bearer ${other.key}`, 'graphql-require-preflight': '1' },
      });
    const search = new URLSearchParams({ query: VIEWER }).toString();
    const weighed = await ask(search, 'application/json;q=0.9, application/graphql-response+json');
    expect([weighed.status, weighed.headers.get('content-type')]).toEqual([200, GRAPHQL]);
    expect((await ask(search, 'image/png')).status).toBe(406);
    const wrong = await ask(`${search}&variables=x`, 'application/graphql-response+json');
    expect([wrong.status, other.bugs]).toEqual([400, []]);
    await other.close();
  });
});
