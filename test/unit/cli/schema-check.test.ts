import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { CliDeps } from '../../../src/cli/cli-deps.ts';
import { data, file, refused, scene } from '../../support/cli-scene.ts';

const BEFORE = `
  type Query { order(id: ID!, by: Sort): Order, orders(filter: Filter): [Order] }
  type Order { id: ID!, status: Status!, total: Int }
  enum Status { OPEN SHIPPED }
  enum Sort { AGE PRICE }
  input Filter { status: Status, words: String }
`;
const without = (text: string): string => BEFORE.replace(text, '');
const DANGEROUS = BEFORE.replace('SHIPPED', 'SHIPPED LOST');
const SAFE = BEFORE.replace('total: Int', 'total: Int, tax: Int');

const WITH_PASSWORD = Object.assign(new URL('http://127.0.0.1:4000/subscriptions'), {
  username: 'ada',
  password: 'secret',
}).href;
const endless = (): ReadableStream =>
  new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) });

/** Runs the check of a new schema against the old one. */
async function check(after: string, args: readonly string[] = [], more: Partial<CliDeps> = {}, answers = {}) {
  const { deps, out, errors, asked } = scene(answers, more);
  const schema = await file(after, 'schema.graphql');
  const against = args.includes('--against') ? [] : ['--against', await file(BEFORE, 'before.graphql')];
  const code = await runCli(['schema', 'check', '--schema', schema, ...against, ...args], deps);
  return { code, out: out(), errors: errors(), asked };
}

describe('iceos schema check', () => {
  it('passes what is the same or safe, and says so', async () => {
    expect(await check(BEFORE)).toMatchObject({ code: 0, out: 'Changes: 0 breaking, 0 dangerous, 0 safe.\n' });
    const { code, out } = await check(SAFE);
    expect(code).toBe(0);
    expect(out).toMatch(/safe +Order\.tax/);
    expect(out).toContain('0 breaking, 0 dangerous, 1 safe');
  });

  it('refuses what breaks, with its place', async () => {
    const { code, out } = await check(without('total: Int'));
    expect(code).toBe(1);
    expect(out).toMatch(/breaking +Order\.total +Field 'total' was removed/);
  });

  it('refuses what is dangerous when it is asked to', async () => {
    const mild = await check(DANGEROUS);
    expect(mild.code).toBe(0);
    expect(mild.out).toContain('None of them fails this check (--fail-on breaking)');
    expect((await check(DANGEROUS, ['--fail-on', 'dangerous'])).code).toBe(1);
  });

  it('names the recorded operations that use what changes, and those that would be invalid', async () => {
    const operation = await file('query Show { order(id: 1) { total } }', 'show.graphql');
    const { code, out } = await check(without('total: Int'), ['--operations', operation]);
    expect(code).toBe(1);
    expect(out).toContain('show.graphql: query Show: Cannot query field "total" on type "Order"');
    expect(out).toMatch(/Order\.total .* used by .*show\.graphql/);
    expect(out).toContain('Of 1 recorded documents 1 would break.');
  });

  it.each<[string, string, string, number]>([
    ['a field that none uses', 'total: Int', 'query A { orders { id } }', 0],
    ['a field that one uses', 'total: Int', 'query A { orders { total } }', 1],
    ['a value that a variable may carry', 'PRICE', 'query A($by: Sort) { order(id: 1, by: $by) { id } }', 1],
    ['a value that is written down', 'PRICE', 'query A { order(id: 1, by: PRICE) { id } }', 1],
    ['another value', 'PRICE', 'query A { order(id: 1, by: AGE) { id } }', 0],
    [
      'a part of an input that a variable may carry',
      ', words: String',
      'query A($f: Filter) { orders(filter: $f) { id } }',
      1,
    ],
    ['a part that is written down', ', words: String', 'query A { orders(filter: { words: "a" }) { id } }', 1],
    ['another part', ', words: String', 'query A { orders(filter: { status: OPEN }) { id } }', 0],
  ])('weighs by recorded operations alone when it is asked to: %s', async (_what, gone, text, code) => {
    const operation = await file(text, 'a.graphql');
    expect((await check(without(gone), ['--fail-on', 'operations', '--operations', operation])).code).toBe(code);
    expect((await check(without(gone), ['--operations', operation])).code).toBe(1);
  });

  it('sees a part that an input needs now, where a variable carries that input', async () => {
    const after = BEFORE.replace('words: String', 'words: String, tenant: ID!');
    const operation = await file('query A($f: Filter) { orders(filter: $f) { id } }', 'a.graphql');
    expect((await check(after, ['--fail-on', 'operations', '--operations', operation])).code).toBe(1);
  });

  it('prints one object for scripts', async () => {
    const trusted = await file(JSON.stringify({ 'sha256:1': '{ order(id: 1) { total } }' }), 'trusted.json');
    const { out } = await check(without('total: Int'), ['--json', '--operations', trusted]);
    expect(JSON.parse(out)).toMatchObject({
      passed: false,
      operations: 1,
      changes: [{ level: 'breaking', path: 'Order.total', usedBy: [expect.stringContaining('trusted.json sha256:1')] }],
      broken: [{ faults: [expect.stringContaining('query without a name')] }],
    });
  });

  it('finds operations below a folder', async () => {
    const folder = path.dirname(await file('not read', 'notes.txt'));
    await mkdir(path.join(folder, 'deep'));
    await writeFile(path.join(folder, 'deep/a.graphql'), '{ orders { id } }');
    await writeFile(path.join(folder, 'package.json'), '{}');
    const { out } = await check(BEFORE, ['--operations', folder]);
    expect(out).toContain('Of 1 recorded documents 0 would break.');
  });
});

describe('what a schema is read from', () => {
  const answers = { IntrospectionQuery: data(introspectionFromSchema(buildSchema(BEFORE))) };
  const url = 'http://127.0.0.1:4000';

  it('is a server, which is asked with the key', async () => {
    const { code, out, asked } = await check(without('total: Int'), ['--against', url], {}, answers);
    expect(code).toBe(1);
    expect(out).toContain('Order.total');
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer ice_key');
  });

  it('is a server elsewhere, which is given no key of ours', async () => {
    const folder = path.dirname(await file('ice_local', 'key'));
    const settings = { url, apiKey: undefined, dataDir: folder };
    const here = await check(BEFORE, ['--against', url], { settings }, answers);
    expect(here.asked[0]?.headers.get('authorization')).toBe('Bearer ice_local');
    const elsewhere = await check(BEFORE, ['--against', 'https://a.test'], { settings }, answers);
    expect(elsewhere.asked[0]?.headers.get('authorization')).toBeNull();
    const named = { settings: { ...settings, apiKey: 'ice_key' } };
    const withSetting = await check(BEFORE, ['--against', 'https://a.test'], named, answers);
    expect(withSetting.asked[0]?.headers.get('authorization')).toBeNull();
  });

  it('is the answer to an introspection query in a file', async () => {
    const answer = await file(JSON.stringify(answers.IntrospectionQuery), 'schema.json');
    expect((await check(without('total: Int'), ['--against', answer])).code).toBe(1);
  });

  it('is a revision of git, of the same file', async () => {
    const objects: string[] = [];
    const gitShow: CliDeps['gitShow'] = async (object) => {
      objects.push(object);
      return { ok: true, value: BEFORE };
    };
    expect((await check(without('total: Int'), ['--against', 'origin/main'], { gitShow })).code).toBe(1);
    expect((await check(BEFORE, ['--against', 'v1:api/schema.graphql'], { gitShow })).code).toBe(0);
    expect(objects[0]).toMatch(/^origin\/main:\.\/.*schema\.graphql$/);
    expect(objects[1]).toBe('v1:api/schema.graphql');
  });

  it.each<[string, readonly string[], object, number, string]>([
    ['no such revision', ['--against', 'nowhere'], {}, 2, 'nowhere is no URL and no file, and git does not have it'],
    ['no schema', ['--against', 'package.json'], {}, 2, 'package.json is no schema'],
    ['no server', ['--against', url], {}, 4, 'No server answers'],
    ['another place of a server', ['--against', 'https://a.test/v2/graphql'], {}, 2, 'Give the server alone'],
    [
      'a refused key',
      ['--against', url],
      { IntrospectionQuery: refused('UNAUTHENTICATED', 'Who asks?') },
      78,
      'Set ICEOS_API_KEY',
    ],
    [
      'no introspection',
      ['--against', url],
      { IntrospectionQuery: refused('GRAPHQL_VALIDATION_FAILED', 'Introspection is off.') },
      2,
      'set ICEOS_INTROSPECTION=on there, or give a file',
    ],
    ['no operations', ['--operations', 'nowhere/**'], {}, 2, 'finds no file'],
    [
      'operations that cannot be read',
      ['--operations', 'schema.graphql', 'package.json'],
      {},
      2,
      'no list of documents',
    ],
    ['nothing to try', ['--fail-on', 'operations'], {}, 2, 'needs --operations'],
    ['another level', ['--fail-on', 'safe'], {}, 2, 'Allowed choices are breaking, dangerous, operations'],
  ])('is told when there is %s', async (_what, args, given, code, message) => {
    const answer = await check(BEFORE, args, {}, given);
    expect(answer.errors).toContain(message);
    expect(answer.code).toBe(code);
  });

  describe('against the subscriptions that a server has open', () => {
    const URL = 'http://127.0.0.1:4000/subscriptions';
    const OPEN = { '3 open, 1a2b': 'subscription Follow { order(id: "") { total } }' };
    const BEFORE_LIVE = `${BEFORE} type Subscription { order(id: ID!): Order }`;
    const ask = async (
      after: string,
      response: (signal?: AbortSignal | null) => Response | Promise<Response>,
      { source = URL, args = [], signal }: { source?: string; args?: string[]; signal?: AbortSignal } = {},
    ) => {
      const seen: Headers[] = [];
      const fetch: typeof globalThis.fetch = async (_url, init) => {
        seen.push(new Headers(init?.headers));
        return response(init?.signal);
      };
      const known = {
        url: 'http://127.0.0.1:4000',
        apiKey: undefined,
        dataDir: '/nowhere',
        metricsToken: 'token-of-the-metrics',
      };
      const before = await file(BEFORE_LIVE, 'live.graphql');
      const more = { ...(signal && { signal }), fetch, settings: known };
      return { ...(await check(after, ['--against', before, ...args, '--operations', source], more)), seen };
    };

    it('names those that a change ends, and how many they are', async () => {
      const { code, out, seen } = await ask(BEFORE_LIVE.replace('total: Int', ''), () => Response.json(OPEN));
      expect(code).toBe(1);
      expect(out).toContain('/subscriptions 3 open, 1a2b: subscription Follow: Cannot query field "total"');
      expect(seen[0]?.get('authorization')).toBe('Bearer token-of-the-metrics');
    });

    it('passes where nobody subscribes to anything', async () => {
      expect(await ask(BEFORE_LIVE, () => Response.json({}))).toMatchObject({ code: 0 });
    });

    it('does not pass where nobody subscribes and what is open alone decides', async () => {
      const { code, errors } = await ask(BEFORE_LIVE, () => Response.json({}), { args: ['--fail-on', 'operations'] });
      expect({ code, errors }).toMatchObject({ code: 2, errors: expect.stringContaining('found no operation') });
    });

    it('says how many were weighed, and how many the server has left out', async () => {
      const answer = await ask(BEFORE_LIVE, () => Response.json(OPEN, { headers: { 'x-left-out': '12' } }));
      expect(answer).toMatchObject({ code: 0, errors: expect.stringContaining('leaves out 12 documents') });
      expect(answer.out).toContain('Of 1 recorded documents 0 would break.');
      expect((await ask(BEFORE_LIVE, () => Response.json({}))).out).toContain('Of 0 recorded documents');
      const part = () => Response.json(OPEN, { headers: { 'x-left-out': '12' } });
      expect(await ask(BEFORE_LIVE, part, { args: ['--fail-on', 'operations'] })).toMatchObject({ code: 2 });
    });

    it('shows nothing of a name that moves the cursor', async () => {
      const open = { '\u001b[2J1 open': 'subscription Follow { order(id: "") { total } }' };
      const { out } = await ask(BEFORE_LIVE.replace('total: Int', ''), () => Response.json(open));
      expect(out).toContain('1 open');
      expect(out).not.toContain('\u001b');
    });

    it('ends at once when it is stopped', async () => {
      const stop = new AbortController();
      const answer = (signal?: AbortSignal | null): Promise<Response> =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('It was aborted.')));
          stop.abort();
        });
      expect(await ask(BEFORE_LIVE, answer, { signal: stop.signal })).toMatchObject({ code: 130 });
    });

    it.each([
      ['http://ada:se/cret@127.0.0.1', /is no URL/],
      [WITH_PASSWORD, /takes no URL with a name and a password/],
    ])('asks nobody at %s', async (source, errors) => {
      const asked = await ask(BEFORE_LIVE, () => Response.json({}), { source });
      expect(asked).toMatchObject({ code: 2, seen: [], errors: expect.stringMatching(errors) });
      expect(asked.errors).not.toContain('cret');
    });

    it('sends the token to the server of the settings alone', async () => {
      const { seen } = await ask(BEFORE_LIVE, () => Response.json({}), {
        source: 'http://elsewhere.example/subscriptions',
      });
      expect(seen.map((headers) => headers.get('authorization'))).toEqual([null]);
    });

    it.each<[string, () => Response, number, RegExp]>([
      ['that refuses', () => new Response('no', { status: 403 }), 78, /ICEOS_METRICS_TOKEN/],
      ['that has no such page', () => new Response('no', { status: 404 }), 2, /answers with 404/],
      ['that leads elsewhere', () => Response.redirect('http://elsewhere.example/'), 2, /answers with 302/],
      ['that never ends', () => new Response(endless()), 2, /more than 16777216 bytes/],
      ['that answers something else', () => new Response('<html>'), 2, /no operations that can be read/],
      [
        'that is away',
        () => {
          throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
        },
        4,
        /No server answers at .*ECONNREFUSED/,
      ],
    ])('says what is wrong with a server %s', async (_what, response, code, errors) => {
      const asked = await ask(BEFORE_LIVE, response);
      expect(asked).toMatchObject({ code, errors: expect.stringMatching(errors) });
    });
  });
});
