import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRateLimits, type LimiterQuery, type RateLimits } from '../../../src/gateway/rate-limits.ts';
import { schema } from '../../../src/gateway/schema/index.ts';
import { DEFAULT_TENANT, TenantId } from '../../../src/core/ids.ts';
import type { Viewer } from '../../../src/use-cases/viewer.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { TRANSPORTS } from '../../support/transports.ts';

const OTHER_TENANT = TenantId.parse('0198c0de-0000-7000-8000-000000000002');
const viewer = (subject: string, tenant = DEFAULT_TENANT): Viewer => ({ tenant, subject, scopes: new Set() });
const operation = (complexity: number, ...rootFields: string[]) => ({ complexity, fixed: 0, rootFields });
const passed = async (limits: readonly RateLimits[], times: number, ...[who, what]: Parameters<RateLimits['take']>) => {
  const takes = Array.from({ length: times }, async (_, n) => limits[n % limits.length]?.take(who, what));
  return (await Promise.all(takes)).filter((taken) => taken?.ok).length;
};

describe.each(['memory', 'database'] as const)('Limits that are counted in the %s', (store) => {
  let database: ServerTestDatabase;
  let query: LimiterQuery | undefined;
  beforeAll(async () => {
    database = await openTestDatabase();
    query = store === 'database' ? database.database.query : undefined;
  });
  afterAll(() => database.close());
  const limitsOf = (more: { maxCost?: number; fieldMax?: Record<string, number>; windowS?: number } = {}): RateLimits =>
    createRateLimits({
      ...{ schema, query, windowS: more.windowS ?? 60, maxCost: more.maxCost ?? 1_000 },
      fieldMax: new Map(Object.entries(more.fieldMax ?? {})),
    });

  it('let 3 of 20 pass that come at once, whatever they are limited by', async () => {
    const limits = limitsOf({ maxCost: 30, fieldMax: { viewer: 3 } });
    expect(await passed([limits], 20, viewer('field'), operation(0, 'viewer'))).toBe(3);
    expect(await passed([limits], 20, viewer('cost'), operation(10))).toBe(3);
    // Each for itself.
    expect(await passed([limits], 1, viewer('field', OTHER_TENANT), operation(0, 'viewer'))).toBe(1);
    expect(await passed([limits], 1, viewer('field'), operation(0, 'tools'))).toBe(1);
    // A field that is not there is validation's business.
    expect(await passed([limits], 3, viewer('field'), operation(0, 'nothing'))).toBe(3);
  });

  it('give back what was not used, and what was refused', async () => {
    const limits = limitsOf({ maxCost: 100 });
    const who = viewer('refund');
    const taken = await limits.take(who, operation(90));
    if (!taken.ok) throw new Error(taken.error.message);
    expect(taken.value).toMatchObject({ requested: 90, remaining: 10, limit: 100 });
    expect((await limits.take(who, operation(20))).ok).toBe(false);
    expect(await limits.refund(taken.value, 30)).toMatchObject({ remaining: 70 });
    expect((await limits.take(who, operation(70))).ok).toBe(true);
    expect((await limits.take(who, operation(1))).ok).toBe(false);
  });

  it('say what is over, when it will be again, and what can never be', async () => {
    const limits = limitsOf({ maxCost: 50, fieldMax: { viewer: 1 } });
    const who = viewer('told');
    await limits.take(who, operation(50, 'viewer'));
    const [byField, byCost, never] = await Promise.all([
      limits.take(who, operation(0, 'viewer')),
      limits.take(who, operation(1)),
      limits.take(who, operation(51)),
    ]);
    const told = (answer: typeof byField) => (answer.ok ? undefined : answer.error);
    expect(told(byField)?.message).toMatch(
      /^You have asked for "viewer" 1 times in 60 s, which is the limit\. Wait \d+ ms\.$/,
    );
    expect(told(byField)?.extensions).toMatchObject({ code: 'RATE_LIMITED', http: { status: 429 } });
    expect(told(byCost)?.message).toMatch(/have come to a complexity of 50 \(ICEOS_MAX_COST_PER_MINUTE\)/);
    expect(told(never)?.message).toMatch(/complexity of 51, and 50 in 60 s is all/);
    expect(told(byCost)?.extensions['retryAfterMs']).toBeGreaterThan(0);
    expect(told(byCost)?.extensions['retryAfterMs']).toBeLessThanOrEqual(60_000);
  });

  it('are there again after their window', async () => {
    const limits = limitsOf({ maxCost: 1, windowS: 1 });
    const who = viewer('again');
    expect((await limits.take(who, operation(1))).ok).toBe(true);
    expect((await limits.take(who, operation(1))).ok).toBe(false);
    await expect
      .poll(async () => (await limits.take(who, operation(1))).ok, { timeout: 5_000, interval: 200 })
      .toBe(true);
  });
});

describe('Limits of several processes', () => {
  it('are one where they are counted in the database, and go on in each while it is away', async () => {
    const database = await openTestDatabase();
    let isAway = false;
    const query: LimiterQuery = (asked) =>
      isAway ? Promise.reject(new Error('The database is away.')) : database.database.query(asked);
    const limits = Array.from({ length: 4 }, () =>
      createRateLimits({ schema, query, maxCost: 1_000, fieldMax: new Map([['viewer', 3]]) }),
    );
    expect(await passed(limits, 20, viewer('many'), operation(1, 'viewer'))).toBe(3);
    isAway = true;
    expect(await passed(limits, 20, viewer('away'), operation(1, 'viewer'))).toBe(4 * 3);
    await database.close();
  });
});

describe('A gateway with limits', () => {
  let gateway: TestGateway;
  let key: string;
  beforeAll(async () => {
    gateway = await startTestGateway({
      settings: { maxCostPerMinute: 1_000, rateLimits: new Map([['tools', 3]]) },
    });
  });
  afterAll(() => gateway.close());
  let keys = 0;
  beforeEach(async () => {
    key = await gateway.createKey({ name: `key-${(keys += 1)}` });
  });
  const strict = { accept: 'application/graphql-response+json' };
  const ask = (query: string): Promise<Response> =>
    postGraphQL(gateway.url, { query }, { authorization: `Bearer ${key}`, ...strict });

  it('tells where a viewer stands', async () => {
    const response = await ask('{ blueprints(first: 40) { edges { node { name } } } }');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      data: { blueprints: { edges: [] } },
      extensions: { cost: { requested: 81, actual: 1, remaining: 999, limit: 1_000, restorePerSecond: 16 } },
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...{ 'ratelimit-policy': '1000;w=60', 'ratelimit-limit': '1000', 'ratelimit-remaining': '999' },
      'ratelimit-reset': expect.stringMatching(/^\d+$/) as string,
    });
  });

  it('keeps what a mutation counts for', async () => {
    const response = await ask('mutation { pauseExecution(input: { id: "x" }) { __typename } }');
    expect(await response.json()).toMatchObject({
      extensions: { cost: { requested: 11, actual: 11, remaining: 989 } },
    });
  });

  it('answers 429 when it is too much, and says how long to wait', async () => {
    for (let call = 0; call < 3; call += 1) expect((await ask('{ a: tools { name } }')).status).toBe(200);
    const response = await ask('{ tools { name } }');
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    // Twice in one operation counts twice; and nothing of it runs.
    key = await gateway.createKey({ name: 'twice' });
    const twice = '{ a: tools { name } b: tools { name } }';
    expect([(await ask(twice)).status, (await ask(twice)).status]).toEqual([200, 429]);
  });

  it.each(TRANSPORTS)('lets exactly 3 of 20 pass at once over %s', async (_name, send) => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send(gateway.url, { query: '{ tools { name } }' }, key)),
    );
    expect(answers.filter(({ data }) => data?.['tools'])).toHaveLength(3);
    const refused = answers.flatMap(({ errors }) => errors ?? []);
    expect(refused.map(({ extensions }) => extensions?.['code'])).toEqual(
      Array.from({ length: 17 }, () => 'RATE_LIMITED'),
    );
  });
});
