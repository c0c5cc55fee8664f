import fc from 'fast-check';
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, ExecutionId, type BlueprintId } from '../../../src/core/ids.ts';
import type { Reservation } from '../../../src/usage/charge.ts';
import { costOf, mostCostOf, type Price } from '../../../src/usage/prices.ts';
import { NO_TOKENS, type TokenUsage } from '../../../src/usage/tokens.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { insertBlueprint, startOwned } from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const AT = new Date('2026-06-01T12:00:00Z');
const PRICE: Price = { from: '2026-01-01', rates: { inputUsdMicros: 1_000_000n, outputUsdMicros: 4_000_000n } };
/** At that price: a micro-dollar a token of input, four a token of output. */
const usage = (inputTokens: number, outputTokens: number): TokenUsage => ({ ...NO_TOKENS, inputTokens, outputTokens });

describe.each(Object.entries(databases))('the ledger on %s', (_name, open) => {
  let opened: TestDatabase;
  let blueprintId: BlueprintId;
  beforeAll(async () => {
    opened = await open();
    blueprintId = await insertBlueprint(opened.stores);
  });
  afterAll(() => opened.close());

  const newExecution = async (): Promise<ExecutionId> => (await startOwned(opened.stores, blueprintId)).id;
  const reservation = (executionId: ExecutionId, call: number, more: Partial<Reservation> = {}): Reservation => {
    const tokens = more.tokens ?? { input: 10, output: 10 };
    const amountUsdMicros = mostCostOf(tokens, PRICE);
    const at = { executionId, path: 'ask', attempt: 1, call };
    const to = { tenant: DEFAULT_TENANT, rootExecutionId: executionId, blueprintId, kind: 'llm', model: 'm' } as const;
    return { ...at, ...to, price: PRICE, amountUsdMicros, tokens, ...more };
  };
  const reserve = (one: Reservation, maxCostUsdMicros?: bigint, leaseToken = 1) =>
    opened.stores.ledger.reserve(one, { leaseToken, maxCostUsdMicros });
  const settle = (one: Reservation, tokens: TokenUsage) =>
    opened.stores.ledger.settle({ ...one, tokens, costUsdMicros: costOf(tokens, PRICE), at: AT });

  /** What the tables say, past all code that could hide something. */
  async function sums(executionId: ExecutionId) {
    const { rows } = await opened.database.query<Record<string, string | null>>({
      text: `select
        (select reserved_usd_micros from budgets where root_execution_id = $1) as reserved,
        (select spent_usd_micros from budgets where root_execution_id = $1) as spent,
        (select coalesce(sum(amount_usd_micros), 0)::int8 from reservations where root_execution_id = $1) as reservations,
        (select coalesce(sum(cost_usd_micros), 0)::int8 from ledger where root_execution_id = $1) as ledger,
        (select coalesce(sum(input_tokens + output_tokens), 0)::int8 from ledger where root_execution_id = $1) as tokens,
        (select count(*) from ledger where root_execution_id = $1 and usage_source = 1) as estimated`,
      values: [executionId],
    });
    return rows[0];
  }

  test('holds the most, and charges what it was', async () => {
    const one = reservation(await newExecution(), 0);
    expect(await reserve(one, 1_000n)).toEqual({ type: 'reserved' });
    const held = { maxCostUsdMicros: 1_000n, reservedUsdMicros: 50n, spentUsdMicros: 0n };
    expect(await opened.stores.ledger.budget(one.executionId)).toEqual(held);
    expect(await settle(one, usage(10, 3))).toEqual({ ...held, reservedUsdMicros: 0n, spentUsdMicros: 22n });
    expect(await settle(one, usage(10, 3))).toBeUndefined();
    expect(await sums(one.executionId)).toMatchObject({ spent: '22', ledger: '22', reservations: '0', tokens: '13' });
  });

  test('gives back what was held for a call that was never made', async () => {
    const one = reservation(await newExecution(), 0);
    await reserve(one);
    await opened.stores.ledger.release(one);
    await opened.stores.ledger.release(one);
    expect(await sums(one.executionId)).toMatchObject({ reserved: '0', spent: '0', reservations: '0', ledger: '0' });
  });

  test('refuses the call with which the budget would be passed, the first one too', async () => {
    const executionId = await newExecution();
    expect(await reserve(reservation(executionId, 0), 49n)).toMatchObject({
      type: 'refused',
      budget: { maxCostUsdMicros: 49n, reservedUsdMicros: 0n, spentUsdMicros: 0n },
    });
    const other = await newExecution();
    expect(await reserve(reservation(other, 0), 99n)).toEqual({ type: 'reserved' });
    expect(await reserve(reservation(other, 1), 99n)).toMatchObject({
      type: 'refused',
      budget: { reservedUsdMicros: 50n },
    });
    expect(await sums(other)).toMatchObject({ reserved: '50', reservations: '50' });
  });

  test('holds by what the owner says now: a budget that was raised has room, one that was lowered has none', async () => {
    const executionId = await newExecution();
    const two = [reservation(executionId, 1), reservation(executionId, 2)] as const;
    expect(await reserve(reservation(executionId, 0), 60n)).toEqual({ type: 'reserved' });
    expect(await reserve(two[0], 60n)).toMatchObject({ type: 'refused', budget: { maxCostUsdMicros: 60n } });
    expect(await reserve(two[0], 100n)).toEqual({ type: 'reserved' });
    expect(await opened.stores.ledger.budget(executionId)).toMatchObject({ maxCostUsdMicros: 100n });
    expect(await reserve(two[1], 80n)).toMatchObject({
      type: 'refused',
      budget: { maxCostUsdMicros: 80n, reservedUsdMicros: 100n },
    });
    expect(await reserve(two[1])).toEqual({ type: 'reserved' });
    expect(await opened.stores.ledger.budget(executionId)).toMatchObject({ maxCostUsdMicros: undefined });
    expect(await reserve(reservation(executionId, 3), 150n)).toMatchObject({ type: 'refused' });
  });

  test('holds once what is reserved again, as its answer was lost', async () => {
    const one = reservation(await newExecution(), 0);
    const answers = await Promise.all([reserve(one, 60n), reserve(one, 60n), reserve(one, 60n)]);
    expect(answers).toEqual(Array(3).fill({ type: 'reserved' }));
    expect(await reserve(one, 60n)).toEqual({ type: 'reserved' });
    expect(await sums(one.executionId)).toMatchObject({ reserved: '50', reservations: '50' });
  });

  test('lets an owner that was followed by another reserve nothing', async () => {
    const one = reservation(await newExecution(), 0);
    expect(await reserve(one, undefined, 7)).toEqual({ type: 'fenced' });
    expect(await opened.stores.ledger.budget(one.executionId)).toBeUndefined();
  });

  test("holds a client's calls at once within the limit of its tenant's day, and settles those of a process that is gone", async () => {
    const { ledger } = opened.stores;
    const root = ExecutionId.parse(uuidv5('a day', uuidv7()));
    const began = Date.now();
    const calls = Array.from({ length: 20 }, () =>
      reservation(ExecutionId.parse(uuidv7()), 0, { rootExecutionId: root, blueprintId: undefined }),
    );
    const ask = (one: Reservation, maxCostUsdMicros = 150n) =>
      ledger.reserve(one, { leaseToken: undefined, maxCostUsdMicros });
    const answers = await Promise.all(calls.map((one) => ask(one)));
    const held = calls.filter((_, at) => answers[at]?.type === 'reserved');
    expect(held).toHaveLength(3);
    expect(await sums(root)).toMatchObject({ reserved: '150', reservations: '150', spent: '0' });
    const [first = calls[0], ...rest] = held;
    if (first === undefined) throw new Error('None was held.');
    expect(await ask(first)).toEqual({ type: 'reserved' });
    await settle(first, usage(10, 3));
    expect(await sums(root)).toMatchObject({ reserved: '100', spent: '22', ledger: '22' });
    // The limit was lowered below what is spent: what is free has room nonetheless.
    const free = reservation(ExecutionId.parse(uuidv7()), 0, { rootExecutionId: root, blueprintId: undefined });
    expect(await ask({ ...free, price: undefined, amountUsdMicros: 0n }, 1n)).toEqual({ type: 'reserved' });
    await ledger.release(free);
    expect(await ledger.settleRequestsBefore(new Date(began - 1), AT)).toBe(0);
    expect(await ledger.settleRequestsBefore(new Date(Date.now() + 1), AT)).toBe(rest.length);
    expect(await sums(root)).toMatchObject({
      reserved: '0',
      reservations: '0',
      spent: '122',
      ledger: '122',
      estimated: '2',
    });
  });

  test('settles what an owner left behind as it was reserved, and says that it is estimated', async () => {
    const executionId = await newExecution();
    for (const call of [0, 1, 2]) await reserve(reservation(executionId, call));
    const other = reservation(executionId, 0, { path: 'other' });
    await reserve(other);
    await settle(reservation(executionId, 1), usage(1, 1));
    const calls = [{ path: 'ask', attempt: 1 }];
    expect(await opened.stores.ledger.settleEstimated({ executionId, calls }, AT)).toBe(2);
    expect(await opened.stores.ledger.settleEstimated({ executionId, calls }, AT)).toBe(0);
    const charged = await opened.stores.ledger.chargedTo(executionId, [...calls, { path: 'other', attempt: 1 }]);
    expect([...charged]).toEqual([
      ['ask', expect.objectContaining({ inputTokens: 21, outputTokens: 21, costUsdMicros: 105 })],
    ]);
    expect(await settle(reservation(executionId, 0), usage(1, 1))).toBeUndefined();
    expect(await sums(executionId)).toMatchObject({ reserved: '50', spent: '105', ledger: '105', estimated: '2' });
  });

  test('never passes a budget by more than what is on its way, with a hundred calls at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(30), fc.nat(30), fc.constantFrom('settle', 'release', 'abandon')), {
          minLength: 100,
          maxLength: 100,
        }),
        fc.bigInt(0n, 6_000n),
        async (calls, max) => {
          const executionId = await newExecution();
          const answers = await Promise.all(
            calls.map(async ([input, output, end], index) => {
              // Each has an attempt of its own: to abandon one leaves the others alone.
              const one = reservation(executionId, 0, { attempt: index + 1, tokens: { input, output } });
              const answer = await reserve(one, max);
              if (answer.type !== 'reserved') return { type: answer.type, charged: 0n };
              if (end === 'release') {
                await opened.stores.ledger.release(one);
                return { type: end, charged: 0n };
              }
              if (end === 'abandon') {
                await opened.stores.ledger.settleEstimated({ executionId: one.executionId, calls: [one] }, AT);
                return { type: end, charged: one.amountUsdMicros };
              }
              const tokens = usage(input, Math.floor(output / 2));
              const budget = await settle(one, tokens);
              expect((budget?.spentUsdMicros ?? 0n) + (budget?.reservedUsdMicros ?? 0n) <= max).toBe(true);
              return { type: end, charged: costOf(tokens, PRICE) };
            }),
          );
          const charged = answers.reduce((sum, answer) => sum + answer.charged, 0n);
          const found = await sums(executionId);
          expect(BigInt(found?.['spent'] ?? 0)).toBe(charged);
          expect(found).toMatchObject({ ledger: String(charged), reservations: '0' });
          expect(BigInt(found?.['reserved'] ?? 0)).toBe(0n);
          expect(charged <= max).toBe(true);
        },
      ),
      { numRuns: 8 },
    );
  });
});
