import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createBoundedEmbeddingProvider } from '../../../src/llm/bounded-provider.ts';
import type { MemoryUse } from '../../../src/memory/memory.ts';
import { createOpenAgentMemories, type OpenAgentMemories } from '../../../src/orchestrator/agent-memories.ts';
import type { Spender } from '../../../src/orchestrator/charged-call.ts';
import { createOpenEmbedder } from '../../../src/orchestrator/charged-embedding.ts';
import { createMemoryUses, type MemoryUses } from '../../../src/orchestrator/memory-uses.ts';
import { toMemoryDefinition, type MemoryDefinition } from '../../../src/registry/memory.ts';
import { withResolvers } from '../../../src/sandbox/with-resolvers.ts';
import type { LedgerStore } from '../../../src/store/ledger-store.ts';
import { DatabaseUnavailableError } from '../../../src/store/unavailable.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { insertBlueprint, startOwned } from '../../support/journal.ts';
import { spenderOf } from '../../support/model-calls.ts';
import { embeddingModel } from '../../support/tools.ts';
import { wordEmbeddingProvider } from '../../support/word-embedder.ts';

const NEVER = new AbortController().signal;
const chat = toMemoryDefinition('chat', {
  ...{ kind: 'episodic', guarantees: ['ttl', 'durable'], lifetimeMs: 60_000, recalled: 5 },
});
const docs = (name: string, more: Partial<Extract<MemoryDefinition, { kind: 'semantic' }>> = {}): MemoryDefinition => ({
  ...{ name, kind: 'semantic', guarantees: ['vectorised'], model: 'words', collection: name },
  ...more,
});

describe('memories of an agent', () => {
  let opened: ServerTestDatabase;
  let spender: Spender;
  let uses: MemoryUses;
  let used: MemoryUse[];
  let faults: unknown[];
  let open: OpenAgentMemories;
  beforeAll(async () => {
    opened = await openTestDatabase();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    const blueprintId = await insertBlueprint(opened.stores);
    const { id: executionId } = await startOwned(opened.stores, blueprintId);
    spender = spenderOf({ executionId, blueprintId }, 'think');
    used = [];
    faults = [];
    uses = usesOn(opened.stores.ledger);
    open = createOpenAgentMemories({
      ...{ clock: systemClock, store: opened.stores.memory, uses },
      openEmbedder: createOpenEmbedder({
        ...{ clock: systemClock, ledger: opened.stores.ledger, random: () => 0 },
        reportFault: (error) => faults.push(error),
        openProvider: async () =>
          createBoundedEmbeddingProvider(wordEmbeddingProvider(16), { concurrency: 1, timeoutMs: 1_000 }, systemClock),
        priceOf: () => 'free',
      }),
      findEmbeddingModel: (name) =>
        name === 'words' ? embeddingModel({ name, model: 'words-1', dimensions: 16 }) : undefined,
    });
  });

  const usesOn = (ledger: Pick<LedgerStore, 'record'>): MemoryUses =>
    createMemoryUses({
      ...{ clock: systemClock, ledger },
      onUse: (use) => used.push(use),
      reportFault: (error, { executionId }) => faults.push([error, executionId]),
    });
  async function rows(): Promise<readonly unknown[]> {
    const found = await opened.database.query({
      text: `select call, kind, model, input_tokens::int4 as input, output_tokens::int4 as output, cost_usd_micros::int4 as cost, price
        from ledger where execution_id = $1 order by call`,
      values: [spender.executionId],
    });
    return found.rows;
  }
  const row = (call: number, kind: 1 | 2, model: string, [input, output]: readonly [number, number]) => ({
    ...{ call, kind, model, input, output, cost: 0, price: null },
  });

  it('are opened and counted: a row for each read and write, beside those of the vectors', async () => {
    const answer = await open({ signal: NEVER, spender, memories: [chat, docs('facts')] });
    if (!answer.ok) throw new Error(answer.error.message);
    const { episodic, semantic } = answer.value;
    await episodic?.remember('ada', { content: 'Ada was here.' });
    await episodic?.recall('ada');
    await semantic?.remember([{ text: 'Ada likes engines' }, { text: 'Rome is old' }], NEVER);
    const found = await semantic?.recall('who likes engines', { limit: 1 }, NEVER);
    expect(found).toMatchObject({ ok: true, value: [{ text: 'Ada likes engines', expiresAt: undefined }] });
    expect(await rows()).toEqual([
      row(0, 2, 'chat', [4, 0]),
      row(1, 2, 'chat', [0, 4]),
      row(2, 1, 'words', [6, 0]),
      row(3, 2, 'facts', [6, 0]),
      row(4, 1, 'words', [3, 0]),
      row(5, 2, 'facts', [0, 3 + 5]),
    ]);
    expect(used.map(({ kind, operation, tokens }) => [kind, operation, tokens])).toEqual([
      ['episodic', 'write', 4],
      ['episodic', 'read', 4],
      ['semantic', 'write', 6],
      ['semantic', 'read', 8],
    ]);
    expect(answer.value.spent).toEqual({ inputTokens: 9, outputTokens: 0, costUsdMicros: 0n });
    const { executionId, blueprintId, path, attempt } = spender;
    const charged = await opened.stores.ledger.chargedTo(executionId, [{ path, attempt }]);
    expect(charged.get(path)).toMatchObject({ inputTokens: 9, outputTokens: 0 });
    // Memory stands apart: its tokens went through a model as well.
    const { tenant } = spender;
    const totals = (grouping: 'day' | 'kind') =>
      opened.stores.ledgerReads.totals(tenant, { blueprintId }, { grouping, maxGroups: 10 });
    expect(await totals('day')).toMatchObject([{ calls: 2, inputTokens: 9, outputTokens: 0 }]);
    expect(await totals('kind')).toMatchObject([
      { kind: 'embedding', calls: 2, inputTokens: 9 },
      { kind: 'memory', calls: 4, inputTokens: 10, outputTokens: 12 },
    ]);
    expect(await opened.stores.ledgerReads.running(tenant, executionId)).toMatchObject({ calls: 2, inputTokens: 9 });
  });

  it('give facts the lifetime that the memory has', async () => {
    const answer = await open({ signal: NEVER, spender, memories: [docs('short', { lifetimeMs: 60_000 })] });
    if (!answer.ok) throw new Error(answer.error.message);
    const { semantic } = answer.value;
    const before = Date.now();
    await semantic?.remember([{ text: 'gone soon' }, { text: 'gone later', lifetimeMs: 120_000 }], NEVER);
    const found = await semantic?.recall('gone', {}, NEVER);
    if (found?.ok !== true) throw new Error('Nothing was found.');
    const lives = found.value.map(({ expiresAt }) => Math.round(((expiresAt?.getTime() ?? 0) - before) / 60_000));
    expect(lives.toSorted()).toEqual([1, 2]);
  });

  it('pass over working memory, and fail as an attempt does where a memory cannot be used', async () => {
    const working = toMemoryDefinition('notes', { kind: 'working', guarantees: [] });
    expect(await open({ signal: NEVER, spender, memories: [working] })).toEqual({
      ok: true,
      value: expect.anything() as unknown,
    });
    expect(await open({ signal: NEVER, spender, memories: [docs('odd', { guarantees: ['ttl'] })] })).toMatchObject({
      ok: false,
      error: { reason: 'threw', retryable: false, message: expect.stringMatching(/^memory "odd": .*ttl/) as string },
    });
    expect(await open({ signal: NEVER, spender, memories: [docs('lost', { model: 'gone' })] })).toMatchObject({
      ok: false,
      error: {
        reason: 'modelUnavailable',
        message: expect.stringContaining('"gone", which is not registered') as string,
      },
    });
    await opened.stores.memory.collections.create({
      ...{ tenant: spender.tenant, name: 'taken', model: 'other', dimensions: 16 },
    });
    expect(await open({ signal: NEVER, spender, memories: [docs('taken')] })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('holds vectors of "other"') as string },
    });
    expect(await rows()).toEqual([]);
  });

  it('count what a working memory is used for', async () => {
    await uses.count(spender, 'notes', { kind: 'working', operation: 'write', tokens: 7, items: 1 });
    await uses.count(spender, 'notes', { kind: 'working', operation: 'read', tokens: 2, items: 1 });
    expect(await rows()).toEqual([row(0, 2, 'notes', [7, 0]), row(1, 2, 'notes', [0, 2])]);
    expect(used).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  it('wait for a database that is away, and report what could not be counted', async () => {
    let asked = 0;
    const patient = usesOn({
      record: async (use) => {
        if (++asked === 1) throw new DatabaseUnavailableError('away');
        await opened.stores.ledger.record(use);
      },
    });
    await patient.count(spender, 'notes', { kind: 'working', operation: 'write', tokens: 1, items: 1 });
    expect(await rows()).toEqual([row(0, 2, 'notes', [1, 0])]);
    expect(faults).toEqual([]);
    const broken = usesOn({ record: () => Promise.reject(new Error('broken')) });
    await broken.count(spender, 'notes', { kind: 'working', operation: 'write', tokens: 1, items: 1 });
    expect(faults).toEqual([[new Error('broken'), spender.executionId]]);
  });

  it('wait for no database that is away once the attempt has to stop, and report what was not counted', async () => {
    const stop = new AbortController();
    const asked = withResolvers<undefined>();
    const away = usesOn({
      record() {
        asked.resolve(undefined);
        return Promise.reject(new DatabaseUnavailableError('away'));
      },
    });
    const openAway = createOpenAgentMemories({
      ...{ clock: systemClock, store: opened.stores.memory, uses: away, findEmbeddingModel: () => undefined },
      openEmbedder() {
        throw new Error('No model is asked.');
      },
    });
    const answer = await openAway({ signal: stop.signal, spender, memories: [chat] });
    if (!answer.ok) throw new Error(answer.error.message);
    const remembered = answer.value.episodic?.remember('ada', { content: 'Ada was here.' });
    await asked.promise;
    stop.abort(new Error('The program ends.'));
    expect(await remembered).toMatchObject({ ok: true });
    expect(faults).toEqual([[new Error('The program ends.'), spender.executionId]]);
  });
});
