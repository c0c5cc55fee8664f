import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBlueprintClient, setOutput, type BlueprintClient } from '../../support/blueprint-client.ts';
import { transforms } from '../../support/blueprint-use-cases.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { openRestClient, type RestClient, type RestRequest } from '../../support/rest-client.ts';

const LIST = '/api/v1/blueprints';
const MAX_BODY_BYTES = 64 * 1024;

let gateway: TestGateway;
let client: BlueprintClient;
let send: RestClient;
beforeAll(async () => {
  gateway = await startTestGateway({ settings: { maxBodyBytes: MAX_BODY_BYTES } });
  client = createBlueprintClient(gateway);
  send = await openRestClient(gateway);
});
afterAll(() => gateway.close());

const locked = (version: number | string, more: Record<string, string> = {}) => ({
  headers: { 'x-version-lock': String(version), ...more },
});
const put = (id: string, version: number, body: RestRequest['body'], more: Record<string, string> = {}) =>
  send('PUT', `${LIST}/${id}`, { ...locked(version, more), ...(body !== undefined && { body }) });
const patch = (id: string, version: number, body: object | string, more: Record<string, string> = {}) =>
  send('PATCH', `${LIST}/${id}`, {
    ...locked(version, { 'content-type': 'application/merge-patch+json', ...more }),
    body,
  });

describe('The version lock', () => {
  const CHANGES = [
    ['PUT', '', { name: 'x', nodes: {} }],
    ['PATCH', '', {}],
    ['DELETE', '', undefined],
    ['POST', '/publish', undefined],
  ] as const;

  it.each(CHANGES)('of %s%s must be there and sound', async (method, end, body) => {
    const id = await client.create(`lock-${method}`);
    const type: Record<string, string> =
      body === undefined
        ? {}
        : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
    const answerTo = async (headers: Record<string, string>) => {
      const { status, json } = await send(method, `${LIST}/${id}${end}`, {
        headers: { ...type, ...headers },
        ...(body && { body }),
      });
      return [status, json['code']];
    };
    expect(await answerTo({})).toEqual([428, 'VERSION_LOCK_REQUIRED']);
    for (const lock of ['', '0', '-1', '01', '1.5', 'W/"1"', '2147483648', '9'.repeat(99), '1, 1', '__new__']) {
      expect([lock, ...(await answerTo({ 'x-version-lock': lock }))]).toEqual([lock, 400, 'BAD_REQUEST']);
    }
    expect(await answerTo({ 'x-version-lock': '9' })).toEqual([422, 'INVALID_INPUT']);
    for (const other of ['if-match', 'if-none-match', 'if-unmodified-since']) {
      expect(await answerTo({ 'x-version-lock': '1', [other]: '*' })).toEqual([400, 'BAD_REQUEST']);
    }
    expect(await answerTo({ 'x-version-lock': '1', 'x-on-conflict': 'overwrite' })).toEqual([400, 'BAD_REQUEST']);
    if (method === 'DELETE' || method === 'POST')
      expect(await answerTo({ 'x-version-lock': '1', 'x-on-conflict': 'merge' })).toEqual([400, 'BAD_REQUEST']);
    // Nothing of that was written.
    expect((await send('GET', `${LIST}/${id}`)).headers.get('x-version-lock')).toBe('1');
  });

  it('says where If-Match would have been believed', async () => {
    const id = await client.create('if-match');
    const refused = await put(id, 1, transforms('if-match', { a: 2 }), { 'if-match': 'W/"1"' });
    expect(refused.json['detail']).toContain('X-Version-Lock');
  });

  it('lets exactly one of 20 writers at once win; the others see the conflict', async () => {
    const id = await client.create('race');
    const writers = Array.from({ length: 20 }, (_, n) => put(id, 1, transforms('race', { a: `writer ${n}`, b: 1 })));
    const answers = await Promise.all(writers);
    const won = answers.filter(({ status }) => status === 200);
    const lost = answers.filter(({ status }) => status === 409);
    expect([won.length, lost.length]).toEqual([1, 19]);
    expect(won[0]?.json).toMatchObject({ outcome: 'applied', blueprint: { id, version: 2 } });
    for (const { json } of lost) {
      expect(json).toMatchObject({ code: 'VERSION_CONFLICT', expectedVersion: 1, actualVersion: 2 });
    }
    expect((await send('GET', `${LIST}/${id}`)).headers.get('x-version-lock')).toBe('2');
  });
});

describe('A stale change', () => {
  it('gets all that a three-way merge needs', async () => {
    const id = await client.create('stale');
    await client.update(id, 1, [setOutput('a', 'theirs')]);
    const answer = await put(id, 1, transforms('stale', { a: 'yours', b: 1 }));
    expect(answer).toMatchObject({
      status: 409,
      json: {
        type: 'about:blank',
        title: 'Conflict',
        status: 409,
        mergeable: false,
        current: { blueprint: { id, version: 2 }, document: { nodes: { a: { output: 'theirs' } } } },
        base: { version: 1, document: { name: 'stale', nodes: { a: { output: 1 } } } },
        changes: [{ node: 'a', path: '/nodes/a/output', side: 'both', base: 1, yours: 'yours', theirs: 'theirs' }],
      },
    });
    // Who may not read hears of it without the documents.
    const key = await gateway.createKey({ scopes: ['blueprints:write'] });
    const blind = await send('PUT', `${LIST}/${id}`, { key, ...locked(1), body: transforms('stale', { a: 0, b: 1 }) });
    expect(blind.json).toMatchObject({ code: 'VERSION_CONFLICT', actualVersion: 2 });
    expect(blind.json['base']).toEqual({ version: 1 });
  });

  it('is merged when it asks for that and nothing clashes', async () => {
    const id = await client.create('merged');
    await client.update(id, 1, [setOutput('a', 'theirs')]);
    const stale = await patch(id, 1, { nodes: { b: { output: 'yours' } } });
    expect(stale.json).toMatchObject({ code: 'VERSION_CONFLICT', mergeable: true });
    expect(stale.json['detail']).toContain('X-On-Conflict: merge');
    const merge = { 'x-on-conflict': 'merge' };
    const merged = await patch(id, 1, { nodes: { b: { output: 'yours' } } }, merge);
    expect(merged.json).toMatchObject({ outcome: 'merged', blueprint: { version: 3 } });
    expect(merged.headers.get('x-version-lock')).toBe('3');
    const { json } = await send('GET', `${LIST}/${id}`);
    expect(json).toMatchObject({ nodes: { a: { output: 'theirs' }, b: { output: 'yours' } } });
    const clash = await put(id, 1, transforms('merged', { a: 'mine', b: 1 }), merge);
    expect(clash).toMatchObject({ status: 409, json: { mergeable: false } });
  });

  it('that changes nothing succeeds and says so', async () => {
    const id = await client.create('again');
    const body = transforms('again', { a: 2, b: 1 });
    expect((await put(id, 1, body)).json).toMatchObject({ outcome: 'applied', blueprint: { version: 2 } });
    expect(await put(id, 1, body)).toMatchObject({ status: 200, json: { outcome: 'unchanged' } });
    expect((await patch(id, 1, { nodes: { a: { output: 2 } } })).json).toMatchObject({ outcome: 'unchanged' });
    expect((await patch(id, 2, {})).json).toMatchObject({ outcome: 'unchanged', blueprint: { version: 2 } });
  });
});

describe('POST', () => {
  it('makes a blueprint from YAML or JSON, where there is none yet', async () => {
    const yaml = 'name: new\nnodes:\n  a: { kind: transform, output: 1 }\n';
    const made = await send('POST', LIST, { ...locked('__new__', { 'content-type': 'application/yaml' }), body: yaml });
    expect(made).toMatchObject({ status: 201, json: { outcome: 'applied', blueprint: { name: 'new', version: 1 } } });
    const place = made.headers.get('location') ?? '';
    expect((await send('GET', place)).json).toMatchObject({ name: 'new' });
    const answerTo = async (request: RestRequest) => {
      const { status, json } = await send('POST', LIST, { body: yaml, ...request });
      return [status, json['code']];
    };
    expect(await answerTo(locked('__new__'))).toEqual([409, 'NAME_TAKEN']);
    expect(await answerTo({})).toEqual([428, 'VERSION_LOCK_REQUIRED']);
    expect(await answerTo(locked(1))).toEqual([400, 'BAD_REQUEST']);
    expect(await answerTo(locked('__new__', { 'content-type': 'text/plain' }))).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
    expect(await answerTo(locked('__new__', { 'content-encoding': 'gzip' }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await answerTo({ ...locked('__new__'), body: '' })).toEqual([400, 'BAD_REQUEST']);
    expect(await answerTo({ ...locked('__new__'), body: new Uint8Array([0xff]) })).toEqual([400, 'BAD_REQUEST']);
    expect(await answerTo({ ...locked('__new__'), body: '{' })).toEqual([422, 'INVALID_BLUEPRINT']);
  });

  it('takes no body beyond the limit, whether its length was told or not', async () => {
    const body = JSON.stringify({ name: 'x', nodes: {}, description: 'x'.repeat(MAX_BODY_BYTES) });
    expect(await send('POST', LIST, { ...locked('__new__'), body })).toMatchObject({
      status: 413,
      json: { code: 'TOO_LARGE' },
    });
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        ...locked('__new__').headers,
        authorization: `Bearer ${gateway.key}`,
        'content-type': 'application/json',
      };
      const request = httpRequest(`${gateway.url}${LIST}`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      for (let at = 0; at < body.length; at += 8_192) request.write(body.slice(at, at + 8_192));
      request.end();
    });
    expect(chunked).toBe(413);
  });
});

describe('PUT and PATCH', () => {
  it('say in the document what is wrong with it', async () => {
    const id = await client.create('wrong');
    const replaced = await put(id, 1, { name: 'wrong', nodes: { a: { kind: 'nothing' } } });
    expect(replaced).toMatchObject({ status: 422, json: { code: 'INVALID_BLUEPRINT', issues: [{ path: '' }] } });
    expect(JSON.stringify(replaced.json['issues'])).toContain('/nodes/a');
    const patched = await patch(id, 1, { nodes: { a: { kind: 'nothing' } } });
    expect(patched.json).toMatchObject({ code: 'INVALID_BLUEPRINT', issues: [{ path: '/nodes/a/kind' }] });
    expect((await patch(id, 1, '{"name":"a","name":"b"}')).json).toMatchObject({ code: 'INVALID_INPUT' });
    expect((await patch(id, 1, '[]')).json).toMatchObject({ code: 'INVALID_BLUEPRINT' });
    await client.create('occupied');
    expect((await patch(id, 1, { name: 'occupied' })).json).toMatchObject({ code: 'NAME_TAKEN' });
    expect((await put('wrong', 1, { name: 'wrong', nodes: {} })).json).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('patch, remove and rename', async () => {
    const id = await client.create('patched');
    const answer = await patch(id, 1, { name: 'patched-2', nodes: { a: null, c: { kind: 'transform', output: 3 } } });
    expect(answer.json).toMatchObject({ outcome: 'applied', blueprint: { name: 'patched-2', version: 2 } });
    const { json } = await send('GET', `${LIST}/${id}`);
    expect(Object.keys(Object(json['nodes']))).toEqual(['b', 'c']);
  });
});

describe('Publish and delete', () => {
  it('publish the version of the lock, or an older one', async () => {
    const id = await client.create('published');
    await client.update(id, 1, [setOutput('a', 2)]);
    const publish = (version: number, body?: RestRequest['body']) =>
      send('POST', `${LIST}/${id}/publish`, { ...locked(version), ...(body !== undefined && { body }) });
    expect((await publish(1)).json).toMatchObject({ code: 'VERSION_CONFLICT', actualVersion: 2, mergeable: false });
    expect((await publish(2)).json).toMatchObject({ outcome: 'applied', blueprint: { publishedVersion: 2 } });
    expect((await publish(2)).json).toMatchObject({ outcome: 'unchanged', blueprint: { version: 3 } });
    expect((await publish(3, { version: 1 })).json).toMatchObject({ blueprint: { publishedVersion: 1, version: 4 } });
    expect((await publish(4, { version: 9 })).json).toMatchObject({ code: 'INVALID_INPUT' });
    expect((await publish(4, { versoin: 1 })).json).toMatchObject({ code: 'INVALID_INPUT' });
    expect((await publish(4, '{')).json).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('delete once, and say so again', async () => {
    const id = await client.create('deleted');
    const remove = (version: number) => send('DELETE', `${LIST}/${id}`, locked(version));
    await client.update(id, 1, [setOutput('a', 2)]);
    expect((await remove(1)).json).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect((await remove(2)).json).toMatchObject({
      outcome: 'applied',
      blueprint: { deletedAt: expect.any(String) as string },
    });
    expect((await remove(2)).json).toMatchObject({ outcome: 'unchanged' });
    expect((await send('GET', `${LIST}/${id}`)).json).toMatchObject({ code: 'NOT_FOUND' });
    expect((await put(id, 3, transforms('deleted', { a: 1 }))).json).toMatchObject({ code: 'NOT_FOUND' });
  });
});
