import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BlueprintId, ExecutionId } from '../../../src/core/ids.ts';
import { encodeGlobalId } from '../../../src/gateway/global-id.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { newTenantId } from '../../support/journal.ts';
import { abandonCall, makeCall, type MadeCall } from '../../support/ledger.ts';
import { blueprintGlobalId, executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { code } from '../../support/scripted-code.ts';
import { TRANSPORTS } from '../../support/transports.ts';

const NOBODY = '01890000-0000-7000-8000-000000000009';
const LEDGER = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: LedgerFilter) {
  ledger(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    edges { cursor node { id path } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const ENTRY = `query ($filter: LedgerFilter) { ledger(filter: $filter) { edges { node {
  __typename at kind model costUsdMicros usageSource path attempt call executionId rootExecutionId blueprintId
  execution { status } blueprint { name }
  price { from rates { ...Rates } above { inputTokens rates { ...Rates } } }
  ... on TokenCounts { inputTokens cachedInputTokens cacheWriteTokens outputTokens reasoningTokens }
} } } }
fragment Rates on TokenRates { inputUsdMicros outputUsdMicros cachedInputUsdMicros cacheWriteUsdMicros reasoningUsdMicros }`;
const TOTALS = `query ($groupBy: UsageGrouping!, $filter: LedgerFilter) { usageTotals(groupBy: $groupBy, filter: $filter) {
  startsAt blueprintId blueprint { name } model kind costUsdMicros calls estimatedCalls inputTokens outputTokens } }`;

const Page = z.object({
  edges: z.array(z.object({ cursor: z.string(), node: z.object({ id: z.string(), path: z.string() }) })),
  pageInfo: z.looseObject({ startCursor: z.string().nullable(), endCursor: z.string().nullable() }),
});

describe('The ledger through GraphQL', () => {
  let scene: LiveScene;
  let blueprintId: BlueprintId;
  let executionId: ExecutionId;
  const at = (text: string): Date => new Date(`2026-06-01T${text}Z`);

  beforeAll(async () => {
    scene = await openLiveScene({ environment: { ICEOS_MAX_USAGE_GROUPS: '2' } });
    blueprintId = await scene.app.publish({ name: 'asks', nodes: { wait: code({ input: { hold: true } }) } });
    executionId = await scene.app.start(blueprintId);
    await scene.app.follow(executionId, ({ type }) => type === 'attemptStarted');
    const make = (made: Partial<MadeCall>) => makeCall(scene.database.stores, { executionId, blueprintId, ...made });
    await make({ path: 'a', at: at('10:00:00'), tokens: { cachedInputTokens: 4, reasoningTokens: 2 } });
    await make({ path: 'b', at: at('10:30:00'), model: 'model-b', price: undefined });
    await make({ path: 'c', at: at('11:00:00'), kind: 'embedding', tokens: { outputTokens: 0 } });
    await abandonCall(scene.database.stores, { executionId, blueprintId, path: 'd', at: at('12:00:00') });
    await make({ path: 'foreign', tenant: newTenantId(), at: at('12:00:00') });
  });
  afterAll(() => scene.close());

  const of = () => ({ executionId: executionGlobalId(executionId) });
  const page = async (variables: object) => Page.parse(await scene.field(LEDGER, { ...variables }));
  const paths = async (filter: object) => (await page({ first: 100, filter })).edges.map(({ node }) => node.path);
  const totals = (groupBy: string, filter: object) => scene.field(TOTALS, { groupBy, filter });

  it('shows what a call has cost, with its price, tokens and place', async () => {
    const rates = { inputUsdMicros: '1000000', outputUsdMicros: '4000000', cachedInputUsdMicros: '0' };
    const above = { inputUsdMicros: '2000000', outputUsdMicros: '8000000', cachedInputUsdMicros: null };
    const none = { cacheWriteUsdMicros: null, reasoningUsdMicros: null };
    expect(await scene.field(ENTRY, { filter: { ...of(), to: '2026-06-01T10:00:01Z' } })).toEqual({
      edges: [
        {
          node: {
            __typename: 'LedgerEntry',
            at: '2026-06-01T10:00:00.000Z',
            ...{ kind: 'LLM', model: 'model-a', costUsdMicros: '26', usageSource: 'RECEIVED' },
            ...{ path: 'a', attempt: 1, call: 0, execution: { status: 'RUNNING' }, blueprint: { name: 'asks' } },
            executionId: executionGlobalId(executionId),
            rootExecutionId: executionGlobalId(executionId),
            blueprintId: blueprintGlobalId(blueprintId),
            price: {
              from: '2026-01-01',
              rates: { ...rates, ...none },
              above: [{ inputTokens: 1_000_000, rates: { ...above, ...none } }],
            },
            ...{ inputTokens: 10, cachedInputTokens: 4, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 2 },
          },
        },
      ],
    });
    expect(await scene.field(ENTRY, { filter: { ...of(), model: 'model-b' } })).toMatchObject({
      edges: [{ node: { price: null, costUsdMicros: '0' } }],
    });
  });

  it('is read page by page, newest first, and its entries are found again by their IDs', async () => {
    const filter = of();
    const first = await page({ first: 3, filter });
    const rest = await page({ first: 3, filter, after: first.pageInfo.endCursor });
    expect([...first.edges, ...rest.edges].map(({ node }) => node.path)).toEqual(['d', 'c', 'b', 'a']);
    expect([first.pageInfo['hasNextPage'], rest.pageInfo['hasNextPage']]).toEqual([true, false]);
    const last = await page({ last: 2, filter });
    const before = await page({ last: 9, filter, before: last.pageInfo.startCursor });
    expect([...before.edges, ...last.edges]).toEqual([...first.edges, ...rest.edges]);
    const ids = first.edges.map(({ node }) => node.id);
    const wrong = ['x', `${executionId}:1:0:nobody`, `${executionId}:1:0:\u0000`, `${executionId}:99999999999:0:a`];
    expect(
      await scene.field('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: [...ids, ...wrong.map((id) => encodeGlobalId('LedgerEntry', id))],
      }),
    ).toEqual([...ids.map((id) => ({ id })), null, null, null, null]);
  });

  it('is filtered, and of other tenants there is nothing', async () => {
    expect(await paths({ ...of(), usageSource: 'ESTIMATED' })).toEqual(['d']);
    expect(await paths({ ...of(), kind: 'EMBEDDING' })).toEqual(['c']);
    expect(await paths({ blueprintId: blueprintGlobalId(blueprintId), model: 'model-b' })).toEqual(['b']);
    expect(await paths({ from: '2026-06-01T10:30:00Z', to: '2026-06-01T12:00:00Z' })).toEqual(['c', 'b']);
    const nothing = [
      { executionId: 'nonsense' },
      { blueprintId: 'nonsense' },
      { executionId: executionGlobalId(NOBODY) },
    ];
    for (const filter of nothing) {
      expect(await paths(filter)).toEqual([]);
      expect(await totals('MODEL', filter)).toEqual([]);
    }
    const stranger = { ...author, tenant: newTenantId() };
    const { usage } = scene.app.useCases;
    const all = { limit: 100, direction: 'forward' } as const;
    expect((await usage.listLedger(stranger, {}, all)).items).toEqual([]);
    const nobody = { ...author, scopes: new Set<never>() };
    await expect(usage.listLedger(nobody, {}, all)).rejects.toThrow('executions:read');
    await expect(usage.getTotals(nobody, {}, 'day')).rejects.toThrow('executions:read');
    await expect(usage.getLedgerEntries(nobody, [])).rejects.toThrow('executions:read');
  });

  it('has sums by model, kind, blueprint, day and hour', async () => {
    const none = { startsAt: null, blueprintId: null, blueprint: null, model: null, kind: null };
    const most = { ...none, model: 'model-a', costUsdMicros: '66', calls: 3, estimatedCalls: 1 };
    const free = { ...none, model: 'model-b', costUsdMicros: '0', calls: 1, estimatedCalls: 0 };
    expect(await totals('MODEL', of())).toEqual([
      { ...most, inputTokens: 30, outputTokens: 10 },
      { ...free, inputTokens: 10, outputTokens: 5 },
    ]);
    expect(await totals('KIND', of())).toMatchObject([
      { kind: 'LLM', costUsdMicros: '56' },
      { kind: 'EMBEDDING', costUsdMicros: '10' },
    ]);
    const ofBlueprint = { blueprintId: blueprintGlobalId(blueprintId), blueprint: { name: 'asks' }, calls: 4 };
    expect(await totals('BLUEPRINT', {})).toMatchObject([ofBlueprint]);
    expect(await totals('DAY', {})).toMatchObject([{ startsAt: '2026-06-01T00:00:00.000Z', calls: 4 }]);
    expect(await totals('HOUR', { ...of(), to: '2026-06-01T12:00:00Z' })).toMatchObject([
      { startsAt: '2026-06-01T10:00:00.000Z', calls: 2 },
      { startsAt: '2026-06-01T11:00:00.000Z', calls: 1 },
    ]);
  });

  it('says what is wrong with what it is asked', async () => {
    const refusal = async (query: string, variables: Record<string, unknown>) => {
      const { errors } = await scene.ask(query, variables);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_REQUEST' });
      return errors?.[0]?.message;
    };
    expect(await refusal(LEDGER, { first: 101 })).toContain('a page holds 1 to 100 items');
    expect(await refusal(LEDGER, { first: 1, last: 1 })).toContain('either first or last');
    const cursors = ['nonsense', 'ledger', 'ledger:', `ledger:x:${executionId}:1:0:a`, `ledger:1:${executionId}:1:a`];
    for (const cursor of cursors) {
      const after = Buffer.from(cursor).toString('base64url');
      expect(await refusal(LEDGER, { after })).toContain('no cursor of this list');
    }
    const from = '2026-06-01T00:00:00Z';
    expect(await refusal(LEDGER, { filter: { from, to: from } })).toContain('from must be before to');
    expect(await refusal(TOTALS, { groupBy: 'DAY', filter: { from, to: from } })).toContain('from must be before to');
    expect(await refusal(LEDGER, { filter: { model: 'a\u0000' } })).toContain('NUL');
    // Three hours, where two groups are the most.
    expect(await refusal(TOTALS, { groupBy: 'HOUR', filter: of() })).toMatch(
      /By hour .* more than 2 groups.*from and to/,
    );
  });

  it.each(TRANSPORTS)('answers over %s', async (_name, send) => {
    const query =
      'query ($filter: LedgerFilter) { ledger(first: 1, filter: $filter) { edges { node { costUsdMicros } } } }';
    const answer = await send(scene.url, { query, variables: { filter: of() } }, scene.key);
    expect(answer).toMatchObject({ data: { ledger: { edges: [{ node: { costUsdMicros: '30' } }] } } });
  });
});
