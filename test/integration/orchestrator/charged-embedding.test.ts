import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createBoundedEmbeddingProvider } from '../../../src/llm/bounded-provider.ts';
import { openEmbeddingProvider } from '../../../src/llm/open-provider.ts';
import {
  createOpenEmbedder,
  type ChargedEmbedder,
  type ChargedEmbeddingDeps,
} from '../../../src/orchestrator/charged-embedding.ts';
import type { Spender } from '../../../src/orchestrator/charged-call.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { vectorOf } from '../../support/embeddings-protocol.ts';
import { insertBlueprint, startOwned } from '../../support/journal.ts';
import { openTestCalls, PRICE, spenderOf } from '../../support/model-calls.ts';
import { startModelServer, type Behaviour, type ModelServer } from '../../support/model-server.ts';
import { embeddingModel } from '../../support/tools.ts';

const NEVER = new AbortController().signal;
const TEXTS = ['one', 'two'];
const VECTORS = TEXTS.map((text) => Float32Array.from(vectorOf(text)));
const embeds = (tokens?: number): Behaviour => ({ kind: 'embeds', embedded: tokens === undefined ? {} : { tokens } });
const overloaded: Behaviour = { kind: 'status', status: 503, headers: { 'retry-after-ms': '1' } };
/** Bytes of the texts, 16 for each of them, and 1,024 for the request. */
const MOST_TOKENS = 6 + 2 * 16 + 1_024;

describe('charged embeddings', () => {
  let opened: ServerTestDatabase;
  let server: ModelServer;
  let behaviours: readonly Behaviour[] = [];
  beforeAll(async () => {
    opened = await openTestDatabase();
    server = await startModelServer('openai-compatible', (index) => behaviours[index] ?? embeds(3));
  });
  afterEach(async () => {
    await server.close();
    server = await startModelServer('openai-compatible', (index) => behaviours[index] ?? embeds(3));
  });
  afterAll(async () => {
    await server.close();
    await opened.close();
  });

  interface Scene {
    readonly spender: Spender;
    readonly embedder: ChargedEmbedder;
  }
  async function scene(maxCostUsdMicros?: bigint, more: Partial<ChargedEmbeddingDeps> = {}): Promise<Scene> {
    const blueprintId = await insertBlueprint(opened.stores);
    const { id: executionId } = await startOwned(opened.stores, blueprintId);
    const spender = spenderOf({ executionId, blueprintId }, 'search', maxCostUsdMicros);
    const reportFault = (error: unknown): void => {
      throw new Error('A call was not settled.', { cause: error });
    };
    const open = createOpenEmbedder({
      ...{ clock: systemClock, ledger: opened.stores.ledger, reportFault, random: () => 0 },
      openProvider: async (name) => {
        const settings = { name, protocol: 'openai-compatible', baseUrl: server.baseUrl } as const;
        const provider = await openEmbeddingProvider(settings, { now: () => new Date(), reportFault });
        return createBoundedEmbeddingProvider(provider, { concurrency: 1, timeoutMs: 5_000 }, systemClock);
      },
      priceOf: () => PRICE,
      ...more,
    });
    return { spender, embedder: open(spender, embeddingModel({ name: 'vectors', model: 'v-1', dimensions: 4 })) };
  }
  const rowsOf = async ({ executionId }: Spender): Promise<readonly unknown[]> => {
    const { rows } = await opened.database.query({
      text: `select call, kind, model, cost_usd_micros::int4 as cost, input_tokens::int4 as tokens, usage_source as source
        from ledger where execution_id = $1 order by call`,
      values: [executionId],
    });
    return rows;
  };
  const row = (call: number, tokens: number, source: 0 | 1) => ({
    ...{ call, kind: 1, model: 'vectors', cost: 2 * tokens, tokens, source },
  });

  it('are a row each, of what the provider said', async () => {
    behaviours = [embeds(5)];
    const { spender, embedder } = await scene();
    expect(await embedder.embed(TEXTS, NEVER)).toEqual({ ok: true, value: { vectors: VECTORS, inputTokens: 5 } });
    expect(await rowsOf(spender)).toEqual([row(0, 5, 0)]);
    expect(embedder).toMatchObject({ model: 'v-1', spent: { inputTokens: 5, outputTokens: 0, costUsdMicros: 10n } });
  });

  it('are charged as they were reserved where the provider says nothing of its tokens', async () => {
    behaviours = [embeds()];
    const { spender, embedder } = await scene();
    expect(await embedder.embed(TEXTS, NEVER)).toMatchObject({ ok: true });
    expect(await rowsOf(spender)).toEqual([row(0, MOST_TOKENS, 1)]);
  });

  it('are made again after what may pass, and each try that may be billed is charged', async () => {
    behaviours = [overloaded, { kind: 'embeds', embedded: {}, cutAt: 10 }, embeds(4)];
    const { spender, embedder } = await scene();
    expect(await embedder.embed(TEXTS, NEVER)).toMatchObject({ ok: true, value: { inputTokens: 4 } });
    expect(await rowsOf(spender)).toEqual([row(1, MOST_TOKENS, 1), row(2, 4, 0)]);
    expect((await opened.database.query({ text: 'select 1 from reservations' })).rows).toEqual([]);
  });

  it('share the numbers of one attempt with the calls of models', async () => {
    behaviours = [embeds(5), { kind: 'says', said: { pieces: ['Hi.'] } }, embeds(6)];
    const { spender, embedder } = await scene();
    const calls = (await openTestCalls(server.baseUrl, opened.stores.ledger))(spender);
    const question = { model: 'main', messages: [{ role: 'user', text: 'Hello' }], parameters: {} } as const;
    await embedder.embed(TEXTS, NEVER);
    expect(await calls.ask(question, { signal: NEVER, onText: () => undefined })).toMatchObject({ type: 'answered' });
    await embedder.embed(TEXTS, NEVER);
    expect(await rowsOf(spender)).toMatchObject([
      { call: 0, kind: 1 },
      { call: 1, kind: 0 },
      { call: 2, kind: 1 },
    ]);
  });

  it('are not made where the budget has no room, or nobody says what they cost', async () => {
    const poor = await scene(100n);
    expect(await poor.embedder.embed(TEXTS, NEVER)).toMatchObject({
      ok: false,
      error: {
        ...{ reason: 'budgetExceeded', retryable: false },
        message: expect.stringMatching(/"vectors" may cost 2124 .* 100 of the budget's 100 are left/) as string,
      },
    });
    const unpriced = await scene(undefined, { priceOf: () => 'unknown' });
    expect(await unpriced.embedder.embed(TEXTS, NEVER)).toMatchObject({
      ok: false,
      error: { reason: 'modelRefused', message: expect.stringContaining('Nobody says what "vectors"') as string },
    });
    expect(server.asked).toEqual([]);
  });

  it('are given up with their signal, and held by nobody then', async () => {
    behaviours = [{ kind: 'silent' }];
    const { spender, embedder } = await scene();
    const leaving = new AbortController();
    const answer = embedder.embed(TEXTS, leaving.signal);
    await expect.poll(() => server.asked.length).toBe(1);
    leaving.abort();
    expect(await answer).toMatchObject({ ok: false, error: { reason: 'canceled' } });
    // It reached the provider, which may send a bill.
    expect(await rowsOf(spender)).toEqual([row(0, MOST_TOKENS, 1)]);
  });

  it('that waited for their turn until the end are told that nothing was sent', async () => {
    behaviours = [{ kind: 'silent' }];
    const { baseUrl } = server;
    const remote = await openEmbeddingProvider(
      { name: 'local', protocol: 'openai-compatible', baseUrl },
      { now: () => new Date(), reportFault: () => undefined },
    );
    const provider = createBoundedEmbeddingProvider(remote, { concurrency: 1, timeoutMs: 5_000 }, systemClock);
    const { spender, embedder } = await scene(undefined, { openProvider: () => Promise.resolve(provider) });
    const leaving = new AbortController();
    const first = provider.embed({ model: 'v-1', texts: TEXTS }, leaving.signal);
    await expect.poll(() => server.asked.length).toBe(1);
    expect(await embedder.embed(TEXTS, AbortSignal.timeout(50))).toMatchObject({
      ok: false,
      error: {
        reason: 'canceled',
        message: expect.stringMatching(/waited for its turn .* nothing was sent/) as string,
      },
    });
    leaving.abort();
    await first;
    expect([server.asked.length, await rowsOf(spender)]).toEqual([1, []]);
  });

  it('that cannot be settled are answered all the same, and reported with their execution', async () => {
    behaviours = [embeds(5)];
    const faults: unknown[] = [];
    const { spender, embedder } = await scene(undefined, {
      ledger: { ...opened.stores.ledger, settle: () => Promise.reject(new Error('broken')) },
      reportFault: (error, { executionId }) => faults.push([error, executionId]),
    });
    expect(await embedder.embed(['one'], NEVER)).toMatchObject({ ok: true });
    expect(faults).toEqual([[new Error('broken'), spender.executionId]]);
  });
});
