import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_OPERATION_LIMITS } from '../../../src/gateway/admit.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { TRANSPORTS, type Operation } from '../../support/transports.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    settings: { limits: { ...DEFAULT_OPERATION_LIMITS, introspection: false, maxTokens: 1_000 } },
  });
});
afterAll(() => gateway.close());

const aliases = Array.from({ length: 51 }, (_, n) => `a${n}: viewer { subject }`).join(' ');
const REFUSED: readonly (readonly [string, Operation, RegExp])[] = [
  ['nested too deeply', { query: `${'{ a '.repeat(17)}${'}'.repeat(17)}` }, /17 levels deep/],
  [
    'with a page that is too large',
    { query: '{ blueprints(first: 101) { edges { cursor } } }' },
    /a page holds 1 to 100 items/,
  ],
  [
    'with a page that is too large by a variable',
    { query: 'query Q($n: Int) { blueprints(first: $n) { edges { cursor } } }', variables: { n: 101 } },
    /a page holds 1 to 100 items/,
  ],
  ['with too many aliases', { query: `{ ${aliases} }` }, /51 aliases/],
  ['with too many tokens', { query: `{ ${'viewer { subject } '.repeat(300)} }` }, /1000 tokens/],
  [
    'with several operations and no name',
    { query: 'query A { viewer { subject } } query B { viewer { subject } }' },
    /operationName/,
  ],
  [
    'of a name that is not there',
    { query: 'query A { viewer { subject } }', operationName: 'B' },
    /names no operation/,
  ],
  ['that introspects where that is off', { query: '{ __schema { queryType { name } } }' }, /Introspection is off/],
  ['that cannot be parsed', { query: '{ viewer {' }, /Syntax Error/],
  [
    'of a field that does not exist',
    { query: '{ viewr { subject } }' },
    /^Cannot query field "viewr" on type "Query"\.$/,
  ],
];

describe.each(TRANSPORTS)('Over %s', (_name, send) => {
  it('an operation with a key is answered', async () => {
    const { data, errors } = await send(gateway.url, { query: '{ viewer { subject } }' }, gateway.key);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ viewer: { subject: 'test' } });
  });

  it.each(REFUSED)('an operation %s is refused', async (_case, operation, message) => {
    const { data, errors } = await send(gateway.url, operation, gateway.key);
    expect(data ?? null).toBeNull();
    expect(errors?.map((error) => error.message).join('\n')).toMatch(message);
    expect(JSON.stringify(errors)).not.toContain('"http"');
  });

  it.each([
    ['without a key', undefined],
    ['with a key that does not exist', `ice_${'0'.repeat(32)}_${'0'.repeat(43)}`],
  ])('an operation %s is refused', async (_case, key) => {
    const { data, errors } = await send(gateway.url, { query: '{ viewer { subject } }' }, key);
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
  });

  it('an operation with an expired key is refused', async () => {
    const key = await gateway.createKey({ expiresAt: Date.now() + 300 });
    await expect
      .poll(async () => (await send(gateway.url, { query: '{ viewer { subject } }' }, key)).errors?.[0]?.extensions)
      .toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('a field without its scope is forbidden, and its neighbours are answered', async () => {
    const key = await gateway.createKey({ scopes: ['executions:read'] });
    const query = '{ viewer { scopes } blueprint(name: "a") { id } }';
    const { data, errors } = await send(gateway.url, { query }, key);
    expect(data).toEqual({ viewer: { scopes: ['executions:read'] }, blueprint: null });
    expect(errors).toMatchObject([{ path: ['blueprint'], extensions: { code: 'FORBIDDEN' } }]);
  });
});

it('No refusal was taken for a bug', () => {
  expect(gateway.bugs).toEqual([]);
});
