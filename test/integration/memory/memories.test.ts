import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, type TenantId } from '../../../src/core/ids.ts';
import type { Embedder } from '../../../src/memory/embedder.ts';
import { createEpisodicMemory } from '../../../src/memory/episodic-memory.ts';
import type { MemoryAnswer, MemoryUse } from '../../../src/memory/memory.ts';
import { createSemanticMemory, type SemanticMemory } from '../../../src/memory/semantic-memory.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/store/memory-store.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { newTenantId } from '../../support/journal.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { newFactId } from '../../support/memory.ts';
import { wordEmbedder } from '../../support/word-embedder.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const { signal } = new AbortController();

describe.each(Object.entries(databases))('memories on %s', (_name, open) => {
  let opened: TestDatabase;
  let clock: ManualClock;
  let store: MemoryStore;
  beforeAll(async () => {
    opened = await open();
    clock = createManualClock();
    const limits = { maxCollectionsPerTenant: 2, maxTextBytes: 100, maxFactsPerWrite: 3, maxDimensions: 64 };
    store = createMemoryStore({ database: opened.database, clock, limits });
  });
  afterAll(() => opened.close());

  const semantic = (tenant: TenantId, embedder: Embedder, uses: MemoryUse[] = []): SemanticMemory => {
    const guarantees = ['durable', 'vectorised'] as const;
    return createSemanticMemory({
      ...{ tenant, collection: 'notes', embedder, store, clock, guarantees },
      onUse: (use) => void uses.push(use),
    });
  };
  const refusal = (answer: MemoryAnswer<unknown>): string => (answer.ok ? 'not refused' : answer.error.message);
  const small = wordEmbedder('small', 32);

  test('semantic memory finds facts by meaning, and says what that took', async () => {
    const uses: MemoryUse[] = [];
    const memory = semantic(newTenantId(), small, uses);
    expect(await memory.validate()).toEqual({ ok: true, value: undefined });
    const facts = [{ text: 'Ada likes green tea', subject: 'ada' }, { text: 'The invoice is due in May' }];
    const written = await memory.remember(facts, signal);
    expect(written).toMatchObject({ ok: true, value: { evicted: 0 } });
    expect(await memory.recall('who likes tea', { limit: 1 }, signal)).toMatchObject({
      ok: true,
      value: [{ text: 'Ada likes green tea', subject: 'ada', metadata: {}, tokens: 5 }],
    });
    expect(await memory.recall('who likes tea', { minScore: 0.99 }, signal)).toEqual({ ok: true, value: [] });
    expect(uses).toEqual([
      { kind: 'semantic', operation: 'write', tokens: 12, items: 2 },
      { kind: 'semantic', operation: 'read', tokens: 9, items: 1 },
      { kind: 'semantic', operation: 'read', tokens: 4, items: 0 },
    ]);
    expect(await memory.forget(written.ok ? written.value.ids : [])).toEqual({ ok: true, value: 2 });
    expect(await memory.recall('tea', {}, signal)).toEqual({ ok: true, value: [] });
  });

  test('semantic memory finds ten facts, or as many as it is asked for', async () => {
    const memory = semantic(newTenantId(), small);
    await memory.validate();
    for (let at = 0; at < 12; at += 3)
      await memory.remember(
        [at, at + 1, at + 2].map((one) => ({ text: `tea ${one}` })),
        signal,
      );
    const found = async (how: { readonly limit?: number }): Promise<number> => {
      const answer = await memory.recall('tea', how, signal);
      return answer.ok ? answer.value.length : 0;
    };
    expect([await found({}), await found({ limit: 2 }), await found({ limit: 100 })]).toEqual([10, 2, 12]);
  });

  test('semantic memory writes all facts or none, each once', async () => {
    const tenant = newTenantId();
    let given: readonly Float32Array[] = [Float32Array.of(1, 0), Float32Array.of(NaN, 1)];
    const model: Embedder = {
      model: 'odd',
      dimensions: 2,
      embed: async () => ({ ok: true, value: { vectors: given, inputTokens: undefined } }),
    };
    const memory = semantic(tenant, model);
    await memory.validate();
    const facts = [{ id: newFactId(), text: 'one' }, { text: 'two' }];
    expect(refusal(await memory.remember(facts, signal))).toMatch(/"notes" holds NaN at place 0/);
    given = [Float32Array.of(1, 0)];
    expect(refusal(await memory.remember(facts, signal))).toMatch(/"odd" gave 1 vectors for 2 texts/);
    expect(await store.facts.count(tenant, 'notes')).toBe(0);
    given = [Float32Array.of(1, 0), Float32Array.of(0, 2)];
    expect((await memory.remember(facts, signal)).ok).toBe(true);
    expect((await memory.remember(facts, signal)).ok).toBe(true);
    expect(await store.facts.count(tenant, 'notes')).toBe(3);
  });

  test('semantic memory refuses what it cannot keep before anybody is paid for it', async () => {
    const paid = wordEmbedder('paid', 32);
    const memory = semantic(newTenantId(), paid);
    await memory.validate();
    const remember = async (...facts: Parameters<SemanticMemory['remember']>[0]) =>
      refusal(await memory.remember(facts, signal));
    expect(await remember()).toBe('0 facts cannot be written at once. Write 1 to 3.');
    expect(await remember(...Array(4).fill({ text: 'x' }))).toMatch(/^4 facts cannot/);
    expect(await remember({ text: ' ' })).toMatch(/^A fact has no text/);
    expect(await remember({ text: 'x'.repeat(101) })).toMatch(/^The text has 101 bytes, and at most 100/);
    expect(await remember({ text: 'x', subject: '' })).toMatch(/^The subject is empty/);
    expect(await remember({ text: 'x', metadata: { a: '\0' } })).toMatch(/^The metadata holds a NUL/);
    expect(await remember({ text: 'x', lifetimeMs: 0 })).toMatch(/^A lifetime of 0 ms/);
    const id = newFactId();
    expect(await remember({ id, text: 'x' }, { id, text: 'y' })).toMatch(/^Two facts have the same id/);
    for (const limit of [0, 101])
      expect(refusal(await memory.recall('x', { limit }, signal))).toMatch(/Ask for 1 to 100/);
    expect(refusal(await memory.recall('', {}, signal))).toMatch(/^The question has no text/);
    expect(paid.texts).toEqual([]);
    await memory.remember([{ text: 'x'.repeat(100) }], signal);
    expect(paid.texts).toHaveLength(1);
  });

  test('semantic memory is held to its model, at start and at each use', async () => {
    const tenant = newTenantId();
    const memory = semantic(tenant, small);
    expect(refusal(await memory.recall('x', {}, signal))).toMatch(/was not validated/);
    await memory.validate();
    await memory.remember([{ text: 'tea' }], signal);
    for (const other of [wordEmbedder('large', 32), wordEmbedder('small', 31)]) {
      const stranger = semantic(tenant, other);
      expect(await stranger.validate()).toMatchObject({ ok: false, error: { reason: 'otherModel' } });
      expect(refusal(await stranger.remember([{ text: 'x' }], signal))).toMatch(/was not validated/);
    }
    // The collection gets another model behind the memory's back.
    await opened.database.query({
      text: "update memory_collections set model = 'large' where tenant = $1",
      values: [tenant],
    });
    const sentence =
      /"notes" holds vectors of "large" with 32 dimensions, and this memory embeds with "small" and 32\. Use/;
    expect(refusal(await memory.remember([{ text: 'x' }], signal))).toMatch(sentence);
    expect(refusal(await memory.recall('tea', {}, signal))).toMatch(sentence);
  });

  test('semantic memory says at start what cannot be', async () => {
    const validate = async (tenant: TenantId, embedder: Embedder, collection = 'notes') =>
      refusal(
        await createSemanticMemory({ tenant, collection, embedder, store, clock, guarantees: ['ttl'] }).validate(),
      );
    expect(await validate(DEFAULT_TENANT, small)).toMatch(/^The semantic memory was asked for "ttl"/);
    const semanticOf = (tenant: TenantId, embedder: Embedder, collection: string) =>
      createSemanticMemory({ tenant, collection, embedder, store, clock, guarantees: [] }).validate();
    for (const dimensions of [0, 65, 1.5])
      expect(refusal(await semanticOf(DEFAULT_TENANT, { ...small, dimensions }, 'notes'))).toMatch(/have 1 to 64/);
    const tenant = newTenantId();
    expect((await semanticOf(tenant, small, 'a')).ok && (await semanticOf(tenant, small, 'b')).ok).toBe(true);
    expect((await semanticOf(tenant, small, 'a')).ok).toBe(true);
    expect(refusal(await semanticOf(tenant, small, 'c'))).toMatch(/no room for the collection "c": the tenant has 2/);
    const away: Embedder = {
      ...small,
      embed: async () => ({ ok: false, error: { reason: 'modelUnavailable', message: 'away', retryable: true } }),
    };
    const memory = semantic(newTenantId(), away);
    await memory.validate();
    expect(await memory.recall('x', {}, signal)).toMatchObject({
      error: { reason: 'embedderFailed', retryable: true, message: expect.stringContaining('away') },
    });
  });

  test('episodic memory recalls what happened, in order, until its lifetime ends', async () => {
    const uses: MemoryUse[] = [];
    const memory = createEpisodicMemory({
      ...{ tenant: newTenantId(), store, clock, guarantees: ['ttl', 'durable'] as const, lifetimeMs: 2_000 },
      onUse: (use) => void uses.push(use),
    });
    expect(refusal(await memory.recall('s'))).toMatch(/was not validated/);
    await memory.validate();
    const first = await memory.remember('s', { content: 'asked for tea', subject: 'ada', lifetimeMs: 1_000 });
    expect(first.ok).toBe(true);
    if (first.ok) await memory.remember('s', { id: first.value, content: 'asked again' });
    await memory.remember('s', { content: 'got it' });
    expect(await memory.recall('s')).toMatchObject({
      value: [{ content: 'asked for tea', subject: 'ada', tokens: 4 }, { content: 'got it' }],
    });
    clock.advance(1_000);
    expect(await memory.recall('s')).toMatchObject({ value: [{ content: 'got it' }] });
    clock.advance(1_000);
    expect(await memory.recall('s')).toEqual({ ok: true, value: [] });
    expect(uses.at(-3)).toEqual({ kind: 'episodic', operation: 'read', tokens: 6, items: 2 });
    expect(refusal(await memory.remember('', { content: 'x' }))).toMatch(/^The session is empty/);
    expect(refusal(await memory.remember('s', { content: 'x'.repeat(65_537) }))).toMatch(
      /^The episode has 65537 bytes/,
    );
    expect(refusal(await memory.recall('s', 101))).toMatch(/Ask for 1 to 100/);
  });

  test('episodic memory that guarantees a lifetime keeps nothing without one', async () => {
    const deps = { tenant: newTenantId(), store, clock };
    const bounded = createEpisodicMemory({ ...deps, guarantees: ['ttl'] });
    await bounded.validate();
    expect(refusal(await bounded.remember('s', { content: 'x' }))).toMatch(/guarantees "ttl", and the episode has no/);
    expect((await bounded.remember('s', { content: 'x', lifetimeMs: 1 })).ok).toBe(true);
    const unbounded = createEpisodicMemory({ ...deps, guarantees: ['durable'] });
    await unbounded.validate();
    expect((await unbounded.remember('s', { content: 'x' })).ok).toBe(true);
    const wrong = createEpisodicMemory({ ...deps, guarantees: ['ephemeral'] });
    expect(refusal(await wrong.validate())).toMatch(/or use the working memory/);
  });
});
