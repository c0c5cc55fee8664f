import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_OPERATION_LIMITS } from '../../../src/gateway/admit.ts';
import { postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { TRANSPORTS } from '../../support/transports.ts';

/** Of CPU time, client and server: what is refused costs no more, however busy the machine is. The least of some tries. */
const REFUSED_WITHIN_MS = 50;
const TRIES = 5;
const WARM_UP = 3;

const times = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join(' ');
const nested = (levels: number, text: string): string => `${text} { `.repeat(levels) + 'id' + ' }'.repeat(levels);

/**
 * What GraphQL Armor's guards, graphql-cop's checks and the GraphQL page of the OWASP Cheat Sheet Series describe, in our
 * schema's words.
 */
const ATTACKS: readonly (readonly [string, string])[] = [
  [
    'circular relations',
    `{ node(id: "x") { ... on Blueprint { ${nested(20, 'publishedRevision { id } revision')} } } }`,
  ],
  ['alias overloading', `{ ${times(101, (n) => `a${n}: viewer { subject }`)} }`],
  ['directive overloading', `{ viewer { subject ${'@include(if: true) '.repeat(100)} } }`],
  ['unknown directives, many', `{ viewer { subject ${times(100, (n) => `@d${n}`)} } }`],
  ['field duplication', `{ ${'viewer { subject } '.repeat(1_000)} }`],
  ['field duplication in depth', `{ ${`viewer { ${'subject '.repeat(60)} } `.repeat(60)} }`],
  [
    'duplication by fragments',
    `{ ${times(300, (n) => `...F${n}`)} } ${times(300, (n) => `fragment F${n} on Query { viewer { subject } }`)}`,
  ],
  [
    'fragments that double',
    `{ ...F0 } ${times(30, (n) => `fragment F${n} on Query { ...F${n + 1} a${n}: viewer { ...G${n} } ...F${n + 1} }`)} ${times(30, (n) => `fragment G${n} on Viewer { subject }`)} fragment F30 on Query { viewer { subject } }`,
  ],
  [
    'fragments that nobody uses',
    `{ viewer { subject } } ${times(40, (n) => `fragment F${n} on Blueprint { a: revision { ...G${n} } b: revision { ...G${n} } } fragment G${n} on BlueprintRevision { a: blueprint { ...F${n + 1} } b: blueprint { ...F${n + 1} } }`)} fragment F40 on Blueprint { id }`,
  ],
  ['circular fragments', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
  [
    'circular introspection',
    `{ __schema { types { ${nested(8, 'fields { type { fields { name } } } interfaces')} } } }`,
  ],
  ['an introspection query', '{ __schema { types { name } } }'],
  ['a look at one type', '{ __type(name: "Query") { fields { name } } }'],
  [
    'pages in pages',
    '{ executions(first: 100) { edges { node { events(first: 100) { edges { node { sequence } } } revision { blueprint { revisions(first: 100) { edges { node { id nodes { name } } } } } } } } } }',
  ],
  ['a page beyond any size', '{ blueprints(first: 2147483647) { edges { cursor } } }'],
  ['a negative page', '{ blueprints(first: -1) { edges { cursor } } }'],
  ['many tokens', `{ ${'viewer { subject } '.repeat(5_000)} }`],
  ['a long text of nothing', `{ viewer { subject } }${' '.repeat(300_000)}`],
  ['a million brackets', '{'.repeat(100_000)],
  ['levels that no parser goes down', nested(3_000, 'node')],
  [
    'fragments in a long chain',
    `{ ...F0 } ${times(1_200, (n) => `fragment F${n} on Query{...F${n + 1}}`)} fragment F1200 on Query{id}`,
  ],
  [
    'introspection by many names',
    `{ __schema { ${times(49, (n) => `a${n}: types { fields { name args { name type { name } } } }`)} } }`,
  ],
  ['a long string', `{ blueprint(name: "${'x'.repeat(300_000)}") { id } }`],
  ['a list of many ids', `{ nodes(ids: [${'"x" '.repeat(5_000)}]) { id } }`],
  ['a field that is asked for by a near name', '{ viewr { subjec } }'],
  ['several operations at once', 'query A { viewer { subject } } query B { viewer { subject } }'],
];

/** Only where introspection is off, and texts are bounded by the body. */
const STRICT_ONLY = new Set([
  'an introspection query',
  'a look at one type',
  'a field that is asked for by a near name',
]);

describe.each([
  ['with everything off that can be', { introspection: false, maxBodyBytes: 128 * 1024 }],
  ['with the defaults of development', { introspection: true, maxBodyBytes: 20 * 1024 * 1024 }],
])('An attack on a gateway %s', (_settings, { introspection, maxBodyBytes }) => {
  const attacks = ATTACKS.filter(([name]) => !introspection || !STRICT_ONLY.has(name));
  let gateway: TestGateway;
  const auth = (): Record<string, string> => ({ authorization: `Bearer ${gateway.key}` });
  const asked: string[] = [];
  beforeAll(async () => {
    gateway = await startTestGateway({
      settings: {
        limits: { ...DEFAULT_OPERATION_LIMITS, introspection },
        maxBodyBytes,
        graphiql: false,
      },
      useCases: (real) => {
        const noting = <T extends object>(useCases: T): T =>
          new Proxy(useCases, {
            get(target, name, receiver) {
              asked.push(String(name));
              return Reflect.get(target, name, receiver) as unknown;
            },
          });
        return {
          ...real,
          blueprints: noting(real.blueprints),
          executions: noting(real.executions),
          registry: noting(real.registry),
          policies: noting(real.policies),
          memory: noting(real.memory),
          usage: noting(real.usage),
        };
      },
    });
  });
  // A program that has just begun interprets its code: what an attack costs then says nothing of a server.
  beforeAll(async () => {
    for (const [name, query] of attacks) {
      for (let n = 0; n < WARM_UP; n += 1) {
        await (await postGraphQL(gateway.url, { query: `${query}#${name}${n}` }, auth())).text();
      }
    }
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    asked.length = 0;
  });

  it('is told from an honest operation', async () => {
    const { data } = await gateway.run('{ viewer { subject } blueprints { edges { cursor } } }');
    expect(data).toEqual({ viewer: { subject: 'test' }, blueprints: { edges: [] } });
    expect(asked).toContain('listBlueprints');
  });

  it.each(attacks)(`by %s is refused before anything runs, within ${REFUSED_WITHIN_MS} ms`, async (_name, query) => {
    let leastMs = Infinity;
    for (let attempt = 0; attempt < TRIES && leastMs > REFUSED_WITHIN_MS; attempt += 1) {
      // Not the same text twice: what is known of a document is kept.
      const text = `${query}#${attempt}`;
      const before = process.cpuUsage();
      const response = await postGraphQL(gateway.url, { query: text }, auth());
      const answer = await response.text();
      const { user, system } = process.cpuUsage(before);
      leastMs = Math.min(leastMs, (user + system) / 1_000);
      expect(answer).toMatch(/^\{"errors":\[\{"message":/);
      if (!introspection) expect(answer).not.toContain('Did you mean');
      expect(answer.length).toBeLessThan(2_000);
    }
    expect(leastMs).toBeLessThan(REFUSED_WITHIN_MS);
    expect(asked).toEqual([]);
  });

  it.each(attacks)('by %s is refused over a socket too', async (_name, query) => {
    const [, send] = TRANSPORTS.find(([name]) => name === 'WebSocket') ?? [];
    const { data, errors } = (await send?.(gateway.url, { query }, gateway.key)) ?? {};
    expect(data ?? null).toBeNull();
    expect(errors?.length).toBeGreaterThan(0);
    expect(asked).toEqual([]);
  });

  it('by a batch is refused', async () => {
    const batch = Array.from({ length: 10 }, () => ({ query: '{ viewer { subject } }' }));
    expect((await postGraphQL(gateway.url, batch, auth())).status).toBe(400);
    expect(asked).toEqual([]);
  });

  it.each([
    [
      'a mutation by GET',
      'GET',
      `?query=${encodeURIComponent('mutation { pauseExecution(input: { id: "x" }) { __typename } }')}`,
      { 'graphql-require-preflight': '1' },
      undefined,
      405,
    ],
    ['a query by GET of a page elsewhere', 'GET', '?query=%7B__typename%7D', {}, undefined, 403],
    [
      'a form of a page elsewhere',
      'POST',
      '',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'query=%7B__typename%7D',
      403,
    ],
    ['text of a page elsewhere', 'POST', '', { 'content-type': 'text/plain' }, '{"query":"{__typename}"}', 403],
    [
      'a body beyond the limit',
      'POST',
      '',
      { 'content-type': 'application/json' },
      JSON.stringify({ query: `#${'x'.repeat(21 * 1024 * 1024)}` }),
      413,
    ],
    ['the playground', 'GET', '', { accept: 'text/html' }, undefined, 406],
  ] as const)('by %s is refused', async (_name, method, search, headers, body, status) => {
    const response = await fetch(`${gateway.url}/graphql${search}`, {
      ...{ method, headers: { ...auth(), ...headers } },
      ...(body !== undefined && { body }),
    });
    expect(response.status).toBe(status);
    expect(asked).toEqual([]);
  });

  it('was never taken for a bug', () => {
    expect(gateway.bugs).toEqual([]);
  });
});
