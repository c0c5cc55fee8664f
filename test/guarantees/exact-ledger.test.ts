import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSlots } from '../../src/core/slots.ts';
import { costOf } from '../../src/usage/prices.ts';
import { startBillingServer, type Billed, type BillingServer } from '../support/billing-server.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { insertBlueprint, startOwned } from '../support/journal.ts';
import { openTestCalls, PRICE, spenderOf } from '../support/model-calls.ts';

const CALLS = 10_000;
const AT_ONCE = 32;
const SEED = 20_261_130;

interface Row {
  readonly path: string;
  readonly call: number;
  readonly usage_source: number;
  readonly tokens: readonly number[];
  readonly cost: string;
}

describe('exact-ledger: the sum of the ledger equals what the providers reported', () => {
  let opened: ServerTestDatabase;
  let server: BillingServer;
  beforeAll(async () => {
    opened = await openTestDatabase();
    server = await startBillingServer(SEED);
  });
  afterAll(async () => {
    await server.close();
    await opened.close();
  });

  it(
    `over ${CALLS} calls that are streamed, repeated, refused, cut off and given up`,
    { timeout: 600_000 },
    async () => {
      const { stores, database } = opened;
      const calls = await openTestCalls(server.baseUrl, stores.ledger);
      const blueprintId = await insertBlueprint(stores);
      const { id: executionId } = await startOwned(stores, blueprintId);
      const slots = createSlots(AT_ONCE);

      async function ask(number: number): Promise<void> {
        const release = await slots.acquire(new AbortController().signal);
        const leaving = new AbortController();
        // One in nine is given up, at one moment or another.
        const given = number % 9 === 0 ? delay(number % 17).then(() => leaving.abort()) : undefined;
        const messages = [{ role: 'user', text: `q${number}` }] as const;
        const spender = spenderOf({ executionId, blueprintId }, `q${number}`);
        await calls(spender).ask(
          { model: 'main', messages, parameters: {} },
          { signal: leaving.signal, onText: () => undefined },
        );
        await given;
        release();
      }
      let asked = 0;
      while (server.bill.length < CALLS) await Promise.all(Array.from({ length: 200 }, () => ask(asked++)));

      const { rows } = await database.query<Row>({
        text: `select path, call, usage_source, cost_usd_micros::text as cost,
        array[input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens]::float8[] as tokens
        from ledger where execution_id = $1`,
        values: [executionId],
      });
      const charged = new Map(rows.map((row) => [`${row.path}/${row.call}`, row]));
      expect(charged.size).toBe(rows.length);

      const seen = new Map<string, number>();
      let exact = 0;
      for (const one of server.bill) {
        const call = seen.get(one.question) ?? 0;
        seen.set(one.question, call + 1);
        const row = charged.get(`${one.question}/${call}`);
        expect(faultOf(one, row), `call ${call} of ${one.question}`).toBeUndefined();
        if (row?.usage_source === 0) exact += 1;
        charged.delete(`${one.question}/${call}`);
      }
      // What is left was given up on its way: it may have been billed, for all that anybody knows here.
      expect([...charged.values()].filter(({ usage_source: source }) => source === 0)).toEqual([]);
      expect(charged.size).toBeLessThan(asked / 9);
      // Most of them are; so the comparison above is one.
      expect(exact).toBeGreaterThan(CALLS / 2);

      const total = rows.reduce((sum, { cost }) => sum + BigInt(cost), 0n);
      expect(await stores.ledger.budget(executionId)).toMatchObject({ reservedUsdMicros: 0n, spentUsdMicros: total });
      expect((await database.query({ text: 'select 1 from reservations' })).rows).toEqual([]);
    },
  );
});

/** What is wrong with the row of a request, by the provider's books. */
function faultOf({ usage, isTold }: Billed, row: Row | undefined): string | undefined {
  if (usage === undefined)
    return row === undefined || row.usage_source === 1 ? undefined : 'charged, though it was refused';
  if (row === undefined) return 'billed, and in no row';
  if (row.usage_source === 1) return undefined;
  if (!isTold) return 'said to be received, though the answer never told it';
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  const billed = [inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens];
  if (billed.join() !== row.tokens.join()) return `${row.tokens.join()} tokens in place of ${billed.join()}`;
  const cost = String(costOf(usage, PRICE));
  return cost === row.cost ? undefined : `${row.cost} micro-dollars in place of ${cost}`;
}
