import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSlots } from '../../src/core/slots.ts';
import type { Spender } from '../../src/orchestrator/charged-call.ts';
import { costOf } from '../../src/usage/prices.ts';
import { startBillingServer, type Billed, type BillingServer } from '../support/billing-server.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { insertBlueprint, startOwned } from '../support/journal.ts';
import { openTestCalls, openTestEmbedder, PRICE, spenderOf } from '../support/model-calls.ts';
import { embeddingModel } from '../support/tools.ts';

const CALLS = 10_000;
const EMBEDDINGS = 1_000;
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
      const calls = await openTestCalls(server.baseUrl, opened.stores.ledger);
      await compare(CALLS, async (spender, question, signal) => {
        const messages = [{ role: 'user', text: question }] as const;
        const how = { signal, onText: () => undefined };
        await calls(spender).ask({ model: 'main', messages, parameters: {} }, how);
      });
    },
  );

  it(`over ${EMBEDDINGS} calls for vectors`, { timeout: 300_000 }, async () => {
    const open = await openTestEmbedder(server.baseUrl, opened.stores.ledger);
    const model = embeddingModel({ name: 'vectors', dimensions: 4 });
    await compare(EMBEDDINGS, async (spender, question, signal) => {
      await open(spender, model).embed([question], signal);
    });
  });

  type Ask = (spender: Spender, question: string, signal: AbortSignal) => Promise<void>;

  /** Asks until the server has been asked so often, and holds the ledger against its books. */
  async function compare(count: number, askOne: Ask): Promise<void> {
    const { stores, database } = opened;
    const blueprintId = await insertBlueprint(stores);
    const { id: executionId } = await startOwned(stores, blueprintId);
    const slots = createSlots(AT_ONCE);
    const billedBefore = server.bill.length;

    async function ask(number: number): Promise<void> {
      const release = await slots.acquire(new AbortController().signal);
      const leaving = new AbortController();
      // One in nine is given up, at one moment or another.
      const given = number % 9 === 0 ? delay(number % 17).then(() => leaving.abort()) : undefined;
      const spender = spenderOf({ executionId, blueprintId }, `q${number}`);
      await askOne(spender, `q${number}`, leaving.signal);
      await given;
      release();
    }
    let asked = 0;
    while (server.bill.length - billedBefore < count)
      await Promise.all(Array.from({ length: 200 }, () => ask(asked++)));

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
    for (const one of server.bill.slice(billedBefore)) {
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
    expect(exact).toBeGreaterThan(count / 2);

    const total = rows.reduce((sum, { cost }) => sum + BigInt(cost), 0n);
    expect(await stores.ledger.budget(executionId)).toMatchObject({ reservedUsdMicros: 0n, spentUsdMicros: total });
    expect((await database.query({ text: 'select 1 from reservations' })).rows).toEqual([]);
  }
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
