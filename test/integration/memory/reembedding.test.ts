import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TenantId } from '../../../src/core/ids.ts';
import type { Embedder } from '../../../src/memory/embedder.ts';
import { cancelReembedding, reembed } from '../../../src/memory/reembedding.ts';
import { createSemanticMemory, type SemanticMemory } from '../../../src/memory/semantic-memory.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/store/memory-store.ts';
import type { ReembeddingProgress } from '../../../src/store/reembedding-store.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { newTenantId } from '../../support/journal.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { wordEmbedder } from '../../support/word-embedder.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const { signal } = new AbortController();
const FACTS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];

describe.each(Object.entries(databases))('re-embedding on %s', (_name, open) => {
  let opened: TestDatabase;
  let clock: ManualClock;
  let store: MemoryStore;
  beforeAll(async () => {
    opened = await open();
    clock = createManualClock();
    store = createMemoryStore({ database: opened.database, clock, limits: { maxFactsPerWrite: 3 } });
  });
  afterAll(() => opened.close());

  const collection = 'notes';
  async function memoryOf(tenant: TenantId, embedder: Embedder): Promise<SemanticMemory> {
    const memory = createSemanticMemory({ tenant, collection, embedder, store, clock, guarantees: ['vectorised'] });
    expect(await memory.validate()).toEqual({ ok: true, value: undefined });
    return memory;
  }
  async function filled(): Promise<{ tenant: TenantId; memory: SemanticMemory }> {
    const tenant = newTenantId();
    const memory = await memoryOf(tenant, wordEmbedder('small', 16));
    for (const text of FACTS) await memory.remember([{ text }], signal);
    return { tenant, memory };
  }
  const nearest = async (memory: SemanticMemory, text: string): Promise<string | undefined> => {
    const answer = await memory.recall(text, { limit: 1, minScore: 0.99 }, signal);
    expect(answer.ok).toBe(true);
    return answer.ok ? answer.value[0]?.text : undefined;
  };
  /** Vectors by their lengths, past all code that could hide some. */
  async function vectors(tenant: TenantId): Promise<Record<number, number>> {
    const { rows } = await opened.database.query<{ readonly length: number; readonly count: number }>({
      text: `select cardinality(vector) as length, count(*)::int4 as count from memory_vectors
        where tenant = $1 group by 1`,
      values: [tenant],
    });
    return Object.fromEntries(rows.map(({ length, count }) => [length, count]));
  }

  test('reads the old vectors until the new ones are all there, and takes along what comes meanwhile', async () => {
    const { tenant, memory } = await filled();
    const large = wordEmbedder('large', 24);
    const seen: ReembeddingProgress[] = [];
    let late = 0;
    const embedder: Embedder = {
      ...large,
      async embed(texts, aborted) {
        expect(await nearest(memory, 'five')).toBe('five');
        if (late < 2) await memory.remember([{ text: `late ${late}` }], signal);
        late += 1;
        return large.embed(texts, aborted);
      },
    };
    const answer = await reembed({ tenant, collection, embedder, store, onProgress: (one) => seen.push(one) }, signal);
    expect(answer).toEqual({ ok: true, value: { done: 9, total: 9 } });
    expect(seen.slice(0, 3)).toEqual([0, 3, 6].map((done) => ({ done, total: 7 })));
    expect(large.texts.toSorted()).toEqual([...FACTS, 'late 0', 'late 1'].toSorted());
    expect(await vectors(tenant)).toEqual({ 24: 9 });
    expect(await memory.recall('five', {}, signal)).toMatchObject({ ok: false, error: { reason: 'otherModel' } });
    const next = await memoryOf(tenant, large);
    for (const text of [...FACTS, 'late 1']) expect(await nearest(next, text)).toBe(text);
    expect(await reembed({ tenant, collection, embedder: large, store }, signal)).toMatchObject({ ok: true });
  });

  test('goes on where it ended, however that was', async () => {
    const { tenant, memory } = await filled();
    const large = wordEmbedder('large', 24);
    let calls = 0;
    const stopping = new AbortController();
    const failing: Embedder = {
      ...large,
      async embed(texts, aborted) {
        calls += 1;
        if (calls === 2) return { ok: false, error: { reason: 'modelUnavailable', message: 'away', retryable: true } };
        if (calls === 3) stopping.abort(new Error('shut down'));
        return large.embed(texts, aborted);
      },
    };
    const job = { tenant, collection, embedder: failing, store };
    expect(await reembed(job, signal)).toMatchObject({
      ok: false,
      error: { reason: 'embedderFailed', retryable: true },
    });
    await expect(reembed(job, stopping.signal)).rejects.toThrow('shut down');
    expect(await nearest(memory, 'seven')).toBe('seven');
    expect(await vectors(tenant)).toEqual({ 16: 7, 24: 6 });
    // Another process, which knows nothing of the first.
    const again = createMemoryStore({ database: opened.database, clock, limits: { maxFactsPerWrite: 3 } });
    const seen: ReembeddingProgress[] = [];
    expect(await reembed({ ...job, store: again, onProgress: (one) => seen.push(one) }, signal)).toMatchObject({
      ok: true,
    });
    expect(seen).toEqual([6, 7].map((done) => ({ done, total: 7 })));
    expect(large.texts.toSorted()).toEqual(FACTS.toSorted());
    expect(await vectors(tenant)).toEqual({ 24: 7 });
  });

  test('may be canceled, leaves nothing behind, and may be begun again', async () => {
    const { tenant, memory } = await filled();
    const large = wordEmbedder('large', 24);
    let calls = 0;
    const canceling: Embedder = {
      ...large,
      async embed(texts, aborted) {
        calls += 1;
        if (calls === 2) expect(await cancelReembedding(store, { tenant, name: collection })).toBe(true);
        return large.embed(texts, aborted);
      },
    };
    const answer = await reembed({ tenant, collection, embedder: canceling, store }, signal);
    expect(answer).toMatchObject({ ok: false, error: { reason: 'canceled' } });
    expect(await vectors(tenant)).toEqual({ 16: 7 });
    expect(await nearest(memory, 'two')).toBe('two');
    expect(await cancelReembedding(store, { tenant, name: collection })).toBe(false);
    expect(await reembed({ tenant, collection, embedder: large, store }, signal)).toMatchObject({ ok: true });
    expect(await vectors(tenant)).toEqual({ 24: 7 });
  });

  test('writes no vector of a fact that is forgotten meanwhile, nor one that the guard refuses', async () => {
    const { tenant, memory } = await filled();
    await memory.remember([{ text: 'about ada', subject: 'ada' }], signal);
    const large = wordEmbedder('large', 24);
    const forgetting: Embedder = {
      ...large,
      async embed(texts, aborted) {
        if (texts.includes('about ada')) await store.forgetting.forgetSubject(tenant, 'ada');
        return large.embed(texts, aborted);
      },
    };
    const broken: Embedder = {
      ...large,
      embed: async (texts) => ({
        ok: true,
        value: { vectors: texts.map(() => new Float32Array(24)), inputTokens: undefined },
      }),
    };
    expect(await reembed({ tenant, collection, embedder: broken, store }, signal)).toMatchObject({
      ok: false,
      error: { reason: 'embedderFailed', message: expect.stringContaining('has the length 0') },
    });
    expect(await vectors(tenant)).toEqual({ 16: 8 });
    expect(await reembed({ tenant, collection, embedder: forgetting, store }, signal)).toMatchObject({ ok: true });
    expect(await vectors(tenant)).toEqual({ 24: 7 });
  });

  test('loses no fact that is written while it ends, with many writers at once', async () => {
    const { tenant, memory } = await filled();
    const large = wordEmbedder('large', 24);
    let running = true;
    let written = FACTS.length;
    const write = async (): Promise<void> => {
      for (let at = 0; running && at < 40; at += 1) {
        const answer = await memory.remember([{ text: `at once ${at}` }], signal);
        if (answer.ok) written += 1;
        else expect(answer.error.reason).toBe('otherModel');
      }
    };
    const writers = Array.from({ length: 6 }, write);
    expect(await reembed({ tenant, collection, embedder: large, store }, signal)).toMatchObject({ ok: true });
    running = false;
    await Promise.all(writers);
    expect(await vectors(tenant)).toEqual({ 24: written });
    expect(await store.facts.count(tenant, collection)).toBe(written);
  });

  test('is one at a time, of a collection that is there', async () => {
    const { tenant } = await filled();
    const request = { tenant, name: collection, model: 'large', dimensions: 24 };
    expect(await store.reembedding.begin(request)).toBe(true);
    const other = await reembed({ tenant, collection, embedder: wordEmbedder('huge', 32), store }, signal);
    expect(other).toMatchObject({
      ok: false,
      error: { reason: 'otherModel', message: expect.stringContaining(`being re-embedded with "large"`) },
    });
    const none = await reembed({ tenant, collection: 'none', embedder: wordEmbedder('huge', 32), store }, signal);
    expect(none).toMatchObject({ ok: false, error: { reason: 'noCollection' } });
  });
});
