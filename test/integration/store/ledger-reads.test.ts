import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, type BlueprintId, type ExecutionId } from '../../../src/core/ids.ts';
import type { LedgerEntry, LedgerFilter, LedgerPlace, UsageGrouping } from '../../../src/usage/ledger.ts';
import { USAGE_GROUPINGS } from '../../../src/usage/ledger.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { insertBlueprint, newExecutionId, newTenantId, startOwned } from '../../support/journal.ts';
import { byGroup, sumOf, sumsOf } from '../../support/ledger-sums.ts';
import { abandonCall, makeCall, PRICE, reserveCall, settleCall, type MadeCall } from '../../support/ledger.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const instant = (text: string): Date => new Date(`2026-06-${text}Z`);
const NOON = instant('01T12:00:00');

describe.each(Object.entries(databases))('the ledger on %s', (_name, open) => {
  let opened: TestDatabase;
  let blueprintId: BlueprintId;
  beforeAll(async () => {
    opened = await open();
    blueprintId = await insertBlueprint(opened.stores);
  });
  afterAll(() => opened.close());

  const newExecution = async (of = blueprintId): Promise<ExecutionId> => (await startOwned(opened.stores, of)).id;
  const list = (filter: LedgerFilter, page: { limit?: number; after?: LedgerPlace; before?: LedgerPlace } = {}) =>
    opened.stores.ledgerReads.list(DEFAULT_TENANT, filter, { limit: 100, direction: 'forward', ...page });
  const make = (made: MadeCall) => makeCall(opened.stores, made);
  const paths = (page: { readonly items: readonly LedgerEntry[] }) => page.items.map(({ path }) => path);

  test('gives each entry back as it was written, tokens apart and with the price of its day', async () => {
    const executionId = await newExecution();
    const tokens = { inputTokens: 9, cachedInputTokens: 3, cacheWriteTokens: 2, outputTokens: 8, reasoningTokens: 7 };
    const made = { executionId, blueprintId, path: 'each[3].ask', attempt: 2, call: 4, kind: 'embedding' as const };
    const costUsdMicros = await make({ ...made, model: 'm', tokens, at: NOON });
    expect(costUsdMicros).toBe(6n + 32n);
    const expected: LedgerEntry = {
      ...made,
      ...tokens,
      tenant: DEFAULT_TENANT,
      rootExecutionId: executionId,
      model: 'm',
      price: PRICE,
      costUsdMicros,
      usageSource: 'received',
      at: NOON.getTime(),
    };
    expect((await list({ executionId })).items).toEqual([expected]);
    const missing = { ...expected, call: 5 };
    const { getMany } = opened.stores.ledgerReads;
    expect(await getMany(DEFAULT_TENANT, [missing, expected])).toEqual([undefined, expected]);
    expect(await getMany(newTenantId(), [expected])).toEqual([undefined]);
  });

  test('keeps money whole beyond what a JavaScript number holds', async () => {
    const executionId = await newExecution();
    const price = { from: '2026-01-01', rates: { inputUsdMicros: 999_999_999_999n, outputUsdMicros: 0n } };
    const tokens = { inputTokens: 9_007_199_260, outputTokens: 0 };
    const cost = await make({ executionId, blueprintId, price, tokens });
    await make({ executionId, blueprintId, call: 1, price: undefined, tokens: { inputTokens: 1, outputTokens: 1 } });
    await make({ executionId, blueprintId, call: 2, tokens: { inputTokens: 2, outputTokens: 0 } });
    expect(cost).toBe(9_007_199_259_990_993n);
    expect((await list({ executionId })).items.map((entry) => [entry.costUsdMicros, entry.price])).toEqual([
      [2n, PRICE],
      [0n, undefined],
      [cost, price],
    ]);
    const by = { grouping: 'kind', maxGroups: 1 } as const;
    expect(await opened.stores.ledgerReads.totals(DEFAULT_TENANT, { executionId }, by)).toMatchObject([
      { costUsdMicros: 9_007_199_259_990_995n, calls: 3 },
    ]);
    expect(await opened.stores.ledgerReads.running(DEFAULT_TENANT, executionId)).toMatchObject({
      spentUsdMicros: 9_007_199_259_990_995n,
    });
  });

  test('is read page by page in both directions, newest first, also where instants are equal', async () => {
    const executionId = await newExecution();
    const later = instant('02T00:00:00');
    for (const path of ['a', 'b', 'c']) await make({ executionId, blueprintId, path, at: NOON });
    for (const attempt of [1, 2]) await make({ executionId, blueprintId, path: 'd', attempt, at: NOON });
    for (const call of [1, 2]) await make({ executionId, blueprintId, path: 'd', attempt: 2, call, at: NOON });
    await make({ executionId, blueprintId, path: 'newest', at: later });
    const { items: all } = await list({ executionId });
    expect(all.map(({ path, attempt, call }) => `${path}${attempt}${call}`)).toEqual([
      'newest10',
      'd22',
      'd21',
      'd20',
      'd10',
      'c10',
      'b10',
      'a10',
    ]);
    for (const filter of [{ executionId }, { executionId, blueprintId, model: 'model-a' }]) {
      for (const limit of [1, 3, 8]) {
        const forward: LedgerEntry[] = [];
        let page = await list(filter, { limit });
        for (;;) {
          forward.push(...page.items);
          const after = page.items.at(-1);
          if (!page.hasNextPage || after === undefined) break;
          page = await list(filter, { limit, after });
          expect(page.hasPreviousPage).toBe(true);
        }
        expect(forward).toEqual(all);
      }
    }
    const { ledgerReads } = opened.stores;
    const [, , third, , , sixth] = all;
    const back = await ledgerReads.list(
      DEFAULT_TENANT,
      { executionId },
      { limit: 2, direction: 'backward', before: sixth },
    );
    expect(back).toEqual({ items: all.slice(3, 5), hasNextPage: true, hasPreviousPage: true });
    const between = await ledgerReads.list(
      DEFAULT_TENANT,
      { executionId },
      { limit: 9, direction: 'backward', before: sixth, after: third },
    );
    expect(between).toEqual({ items: all.slice(3, 5), hasNextPage: true, hasPreviousPage: false });
  });

  test('is filtered by blueprint, model, kind, source and time, of one tenant alone', async () => {
    const other = await insertBlueprint(opened.stores);
    const executionId = await newExecution(other);
    const of = { executionId, blueprintId: other };
    await make({ ...of, path: 'early', at: instant('10T10:00:00') });
    await make({ ...of, path: 'on_time', model: 'big', at: instant('10T11:00:00') });
    await make({ ...of, path: 'vectors', kind: 'embedding', at: instant('10T12:00:00') });
    await abandonCall(opened.stores, { ...of, path: 'lost', at: instant('10T13:00:00') });
    const stranger = newTenantId();
    await make({ ...of, path: 'foreign', tenant: stranger, at: instant('10T11:30:00') });

    const found = async (filter: LedgerFilter) => paths(await list({ blueprintId: other, ...filter }));
    expect(await found({})).toEqual(['lost', 'vectors', 'on_time', 'early']);
    expect(await found({ executionId })).toEqual(['lost', 'vectors', 'on_time', 'early']);
    expect(await found({ executionId: newExecutionId() })).toEqual([]);
    expect(await found({ model: 'big' })).toEqual(['on_time']);
    expect(await found({ kind: 'embedding' })).toEqual(['vectors']);
    expect(await found({ usageSource: 'estimated' })).toEqual(['lost']);
    const from = instant('10T11:00:00').getTime();
    const to = instant('10T13:00:00').getTime();
    expect(await found({ from, to })).toEqual(['vectors', 'on_time']);
    expect(await found({ from, model: 'model-a', kind: 'llm', usageSource: 'received' })).toEqual([]);

    const { ledgerReads } = opened.stores;
    const page = { limit: 100, direction: 'forward' } as const;
    expect(paths(await ledgerReads.list(stranger, {}, page))).toEqual(['foreign']);
    // The execution is not the stranger's, though one of its calls is charged to him here.
    expect(paths(await ledgerReads.list(stranger, { executionId }, page))).toEqual([]);
    expect(await ledgerReads.running(stranger, executionId)).toBeUndefined();
    const by = { grouping: 'model', maxGroups: 10 } as const;
    expect(await ledgerReads.totals(stranger, { blueprintId: other }, by)).toMatchObject([{ calls: 1 }]);
  });

  test('shows a root execution with all that it started, whichever of them is named', async () => {
    const root = await newExecution();
    const child = await newExecution();
    await opened.database.query({
      text: 'update executions set root_execution_id = $1 where id = $2',
      values: [root, child],
    });
    const of = { blueprintId, maxCostUsdMicros: 99n };
    await reserveCall(opened.stores, { ...of, executionId: root, path: 'held', tokens: { outputTokens: 0 } });
    await make({ ...of, executionId: root, path: 'own' });
    await abandonCall(opened.stores, { ...of, executionId: child, rootExecutionId: root, path: 'of_child' });
    for (const executionId of [root, child]) {
      expect(paths(await list({ executionId })).toSorted()).toEqual(['of_child', 'own']);
      expect(await opened.stores.ledgerReads.running(DEFAULT_TENANT, executionId)).toEqual({
        rootExecutionId: root,
        maxCostUsdMicros: 99n,
        reservedUsdMicros: 10n,
        spentUsdMicros: 60n,
        calls: 2,
        estimatedCalls: 1,
        inputTokens: 20,
        cachedInputTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 10,
        reasoningTokens: 0,
      });
    }
  });

  test('has running sums of nothing before the first call', async () => {
    const executionId = await newExecution();
    expect(await opened.stores.ledgerReads.running(DEFAULT_TENANT, executionId)).toMatchObject({
      maxCostUsdMicros: undefined,
      reservedUsdMicros: 0n,
      spentUsdMicros: 0n,
      calls: 0,
      inputTokens: 0,
    });
    expect(await opened.stores.ledgerReads.running(DEFAULT_TENANT, newExecutionId())).toBeUndefined();
  });

  test('has no more groups than are asked for, days and hours of UTC in order, models by cost', async () => {
    const executionId = await newExecution();
    const of = { executionId, blueprintId };
    await make({ ...of, model: 'cheap', at: instant('20T23:59:59.999') });
    await make({ ...of, call: 1, model: 'dear', tokens: { inputTokens: 500 }, at: instant('21T00:00:00') });
    await make({ ...of, call: 2, model: 'cheap', at: instant('21T00:59:59.999') });
    const { ledgerReads } = opened.stores;
    const totals = (grouping: UsageGrouping, maxGroups: number) =>
      ledgerReads.totals(DEFAULT_TENANT, { executionId }, { grouping, maxGroups });
    const starts = async (grouping: UsageGrouping) =>
      (await totals(grouping, 2))?.map(({ startsAt = 0, calls }) => [new Date(startsAt).toISOString(), calls]);
    expect(await starts('day')).toEqual([
      ['2026-06-20T00:00:00.000Z', 1],
      ['2026-06-21T00:00:00.000Z', 2],
    ]);
    expect(await starts('hour')).toEqual([
      ['2026-06-20T23:00:00.000Z', 1],
      ['2026-06-21T00:00:00.000Z', 2],
    ]);
    expect((await totals('model', 2))?.map(({ model, costUsdMicros }) => [model, costUsdMicros])).toEqual([
      ['dear', 520n],
      ['cheap', 60n],
    ]);
    expect(await totals('blueprint', 1)).toMatchObject([{ blueprintId, calls: 3 }]);
    expect(await totals('kind', 1)).toMatchObject([{ kind: 'llm', calls: 3 }]);
    for (const grouping of ['day', 'hour', 'model'] as const) expect(await totals(grouping, 1)).toBeUndefined();
  });

  test('has totals that are the sums of its rows, whatever was called', async () => {
    const blueprints = [await insertBlueprint(opened.stores), await insertBlueprint(opened.stores)];
    const count = fc.nat(1_000);
    const madeCall = fc.record({
      blueprint: fc.nat(1),
      model: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom('llm' as const, 'embedding' as const),
      isLost: fc.boolean(),
      isFree: fc.boolean(),
      hour: fc.nat(100),
      tokens: fc.tuple(count, count, count, count, count),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(madeCall, { maxLength: 25 }), async (calls) => {
        const executionId = await newExecution();
        let charged = 0n;
        for (const [index, { blueprint, model, kind, isLost, isFree, hour, tokens }] of calls.entries()) {
          const [cachedInputTokens, cacheWriteTokens, input, reasoningTokens, output] = tokens;
          const made: MadeCall = {
            executionId,
            blueprintId: blueprints[blueprint] ?? blueprintId,
            attempt: index + 1,
            model,
            kind,
            ...(isFree ? { price: undefined } : {}),
            at: new Date(NOON.getTime() + hour * 3_599_999),
            tokens: {
              cachedInputTokens,
              cacheWriteTokens,
              inputTokens: cachedInputTokens + cacheWriteTokens + input,
              reasoningTokens,
              outputTokens: reasoningTokens + output,
            },
          };
          charged += await (isLost ? abandonCall(opened.stores, made) : make(made));
        }
        const rows = (await list({ executionId })).items;
        expect(rows).toHaveLength(calls.length);
        const { ledgerReads } = opened.stores;
        for (const grouping of USAGE_GROUPINGS) {
          const totals = await ledgerReads.totals(DEFAULT_TENANT, { executionId }, { grouping, maxGroups: 100 });
          expect(byGroup(totals ?? [])).toEqual(byGroup(sumsOf(rows, grouping)));
        }
        const { spentUsdMicros, reservedUsdMicros, ...running } =
          (await ledgerReads.running(DEFAULT_TENANT, executionId)) ?? {};
        expect([spentUsdMicros, reservedUsdMicros]).toEqual([charged, 0n]);
        const { costUsdMicros, ...counts } = sumOf(rows);
        expect(costUsdMicros).toBe(charged);
        expect(running).toMatchObject(counts);
      }),
      { numRuns: 12 },
    );
  });

  test('settles what was reserved here, as its writers do', async () => {
    const executionId = await newExecution();
    await reserveCall(opened.stores, { executionId, blueprintId });
    expect(paths(await list({ executionId }))).toEqual([]);
    await settleCall(opened.stores, { executionId, blueprintId });
    expect(paths(await list({ executionId }))).toEqual(['ask']);
  });
});
