import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EpisodeId, FactId, type TenantId } from '../../../src/core/ids.ts';
import type { VectorCollection } from '../../../src/store/collection-store.ts';
import type { FactPlace } from '../../../src/store/fact-list.ts';
import type { FactSearch, FoundFact } from '../../../src/store/fact-search.ts';
import type { NewFact } from '../../../src/store/fact-store.ts';
import { DEFAULT_MEMORY_LIMITS } from '../../../src/store/memory-limits.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/store/memory-store.ts';
import type { PageArguments } from '../../../src/store/page.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { newTenantId } from '../../support/journal.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { episode, fact, rowsWith, unitVector } from '../../support/memory.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const LIMITS = { maxCollectionsPerTenant: 3, maxFactsPerCollection: 1_500, maxEpisodesPerSession: 4 };
const X = Float32Array.of(1, 0);
const Y = Float32Array.of(0, 1);

describe.each(Object.entries(databases))('memory on %s', (_name, open) => {
  let opened: TestDatabase;
  let clock: ManualClock;
  let memory: MemoryStore;
  beforeAll(async () => {
    opened = await open();
    clock = createManualClock();
    memory = createMemoryStore({ database: opened.database, clock, limits: LIMITS });
  });
  afterAll(() => opened.close());

  const after = (ms: number): Date => new Date(clock.now() + ms);

  async function newCollection(tenant = newTenantId(), name = 'notes', dimensions = 2): Promise<VectorCollection> {
    const collection = { tenant, name, model: 'small', dimensions };
    expect(await memory.collections.create(collection)).toMatchObject({ type: 'created' });
    return collection;
  }
  const add = (collection: VectorCollection, ...facts: NewFact[]) => memory.facts.add(collection, facts);
  async function search(
    collection: VectorCollection,
    vector: Float32Array,
    how: Partial<FactSearch> = {},
  ): Promise<readonly FoundFact[]> {
    const answer = await memory.facts.search(collection, vector, { limit: 10, ...how });
    return answer.type === 'found' ? answer.facts : [];
  }
  const listed = async ({ tenant, name }: VectorCollection, page: PageArguments<FactPlace>) =>
    (await memory.facts.list(tenant, name, { metadata: undefined, page })).items;
  const texts = (facts: readonly FoundFact[]): string[] => facts.map(({ text }) => text);

  /** The count that is kept against the rows that are there. */
  async function counted({ tenant, name }: VectorCollection): Promise<number | undefined> {
    const { rows } = await opened.database.query<{ readonly kept: number; readonly facts: number }>({
      text: `select fact_count as kept, (select count(*)::int4 from memory_facts f where f.collection_id = c.id) as facts
        from memory_collections c where tenant = $1 and name = $2`,
      values: [tenant, name],
    });
    expect(rows[0]?.facts).toBe(rows[0]?.kept);
    return rows[0]?.facts;
  }

  test('keeps a fact as it is, once, and finds it by meaning', async () => {
    const collection = await newCollection();
    const metadata = { source: 'chat', deep: { list: [1, 'two', null] } };
    const one = fact('Ada likes tea', X, { subject: 'ada', metadata, tokens: 3, expiresAt: after(60_000) });
    expect(await add(collection, one, fact('Bob likes coffee', Y))).toEqual({ type: 'added', added: 2, evicted: 0 });
    expect(await add(collection, { ...one, text: 'again' })).toEqual({ type: 'added', added: 0, evicted: 0 });
    const [found, other] = await search(collection, Float32Array.of(0.8, 0.6));
    const { vector, ...kept } = one;
    expect(vector).toEqual(X);
    expect(found).toEqual({ ...kept, createdAt: new Date(clock.now()), score: expect.closeTo(0.8, 6) });
    expect(other).toMatchObject({ text: 'Bob likes coffee', subject: undefined, score: expect.closeTo(0.6, 6) });
    expect(await memory.facts.remove(collection.tenant, collection.name, { ids: [one.id] })).toBe(1);
    expect(await memory.facts.remove(collection.tenant, collection.name, { ids: [one.id] })).toBe(0);
    expect(await counted(collection)).toBe(1);
  });

  test('finds with each filter what it says, the nearest first', async () => {
    const collection = await newCollection();
    await add(collection, fact('old', X, { metadata: { n: 1, tag: 'a' } }));
    clock.advance(1_000);
    const between = after(-500);
    await add(collection, fact('new', Float32Array.of(0.6, 0.8), { subject: 'ada', metadata: { n: 2, tag: ['a'] } }));
    await add(collection, fact('far', Float32Array.of(-1, 0), { subject: 'ada', metadata: { n: null, tag: true } }));
    const found = async (how: Partial<FactSearch>) => texts(await search(collection, X, how));
    expect(await found({})).toEqual(['old', 'new', 'far']);
    expect(await found({ limit: 2 })).toEqual(['old', 'new']);
    expect(await found({ subject: 'ada' })).toEqual(['new', 'far']);
    expect(await found({ metadata: { tag: 'a' } })).toEqual(['old']);
    expect(await found({ metadata: { n: null, tag: true } })).toEqual(['far']);
    expect(await found({ metadata: { tag: 'a', n: 2 } })).toEqual([]);
    expect(await found({ createdAfter: between })).toEqual(['new', 'far']);
    expect(await found({ createdBefore: between })).toEqual(['old']);
    expect(await found({ minScore: 0.5 })).toEqual(['old', 'new']);
    expect(await found({ subject: 'ada', createdAfter: between, minScore: 0.5 })).toEqual(['new']);
  });

  test('gives exactly the nearest of many, with the operator and without it', { timeout: 120_000 }, async () => {
    for (const dimensions of [1, 3, 256, DEFAULT_MEMORY_LIMITS.maxDimensions]) {
      const collection = await newCollection(newTenantId(), 'many', dimensions);
      const count = 120;
      const vectors = Array.from({ length: count }, (_, seed) => unitVector(seed, dimensions));
      for (let from = 0; from < count; from += 40)
        await add(collection, ...vectors.slice(from, from + 40).map((vector, at) => fact(String(from + at), vector)));
      const asked = unitVector(1_000, dimensions);
      const cosine = (vector: Float32Array): number => vector.reduce((sum, one, at) => sum + one * (asked[at] ?? 0), 0);
      const scores = vectors.map(cosine).sort((a, b) => b - a);
      const nearest = await search(collection, asked, { limit: 100 });
      expect(nearest.map(({ score }) => score)).toEqual(scores.slice(0, 100).map((score) => expect.closeTo(score, 5)));
      for (const { text, score } of nearest) expect(score).toBeCloseTo(cosine(vectors[Number(text)] ?? X), 5);
      if (opened.database.kind === 'postgres') continue;
      await opened.database.query({ text: 'drop extension vector' });
      const portable = createMemoryStore({ database: opened.database, clock, limits: LIMITS });
      const answer = await portable.facts.search(collection, asked, { limit: 100 });
      await opened.database.query({ text: 'create extension vector' });
      expect(answer).toEqual({
        type: 'found',
        facts: nearest.map((one) => ({ ...one, score: expect.closeTo(one.score, 5) })),
      });
    }
  });

  test('of a full collection loses the oldest, and never counts wrong, with many writers at once', async () => {
    const max = 20;
    const small = createMemoryStore({ database: opened.database, clock, limits: { maxFactsPerCollection: max } });
    const collection = await newCollection();
    const written = Array.from({ length: 12 }, (_, at) => [fact(`${at}a`, X), fact(`${at}b`, Y), fact(`${at}c`, X)]);
    const answers = await Promise.all(written.map((facts) => small.facts.add(collection, facts)));
    const evicted = answers.reduce((sum, answer) => sum + (answer.type === 'added' ? answer.evicted : 0), 0);
    expect(evicted).toBe(36 - max);
    expect(await counted(collection)).toBe(max);
    const before = await listed(collection, { limit: 100, direction: 'forward' });
    expect(await small.facts.add(collection, [fact('the newest', Y)])).toMatchObject({ added: 1, evicted: 1 });
    const now = await listed(collection, { limit: 100, direction: 'forward' });
    expect(now.map(({ text }) => text)).toEqual([...before.slice(1).map(({ text }) => text), 'the newest']);
  });

  test('goes by time, whatever the ids, also within one millisecond and when a clock is behind', async () => {
    const small = createMemoryStore({
      ...{ database: opened.database, limits: { maxFactsPerCollection: 5, maxEpisodesPerSession: 4 } },
      clock: { now: () => ((back += 1) % 2 === 0 ? clock.now() : clock.now() - 1_000) },
    });
    let back = 0;
    const collection = await newCollection();
    const { tenant } = collection;
    // The first has the greatest id.
    const ids = Array.from({ length: 8 }, (_, at) => `${'fedcba98'[at]}0000000-0000-8000-8000-000000000000`);
    const named = (at: number) => fact(String(at), X, { id: FactId.parse(ids[at]) });
    await small.facts.add(collection, [named(0), named(1), named(2)]);
    for (const at of [3, 4]) await small.facts.add(collection, [named(at)]);
    const forward = { limit: 2, direction: 'forward' } as const;
    const [first, second] = await listed(collection, forward);
    expect([first?.text, second?.text]).toEqual(['0', '1']);
    expect(await small.facts.add(collection, [named(5), named(6), named(7)])).toMatchObject({ evicted: 3 });
    // The fact that the cursor names is gone, and its place is not.
    expect((await listed(collection, { ...forward, after: second?.place })).map(({ text }) => text)).toEqual([
      '3',
      '4',
    ]);
    const all = await listed(collection, { limit: 100, direction: 'backward' });
    expect(all.map(({ text }) => text)).toEqual(['3', '4', '5', '6', '7']);
    const before = await listed(collection, { limit: 2, direction: 'backward', before: all[3]?.place });
    expect(before.map(({ text }) => text)).toEqual(['4', '5']);

    for (const [at, id] of ids.entries())
      await small.episodes.add(episode(tenant, 'hashed', String(at), { id: EpisodeId.parse(id) }));
    const latest = await small.episodes.latest(tenant, 'hashed', 10);
    expect(latest.map(({ content }) => content)).toEqual(['4', '5', '6', '7']);
    expect((await small.episodes.latest(tenant, 'hashed', 2)).map(({ content }) => content)).toEqual(['6', '7']);
  });

  test('lets no tenant have more collections than it may, with many who ask at once', async () => {
    const tenant = newTenantId();
    const create = (name: string) => memory.collections.create({ tenant, name, model: 'small', dimensions: 2 });
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(create));
    expect(answers.filter(({ type }) => type === 'created')).toHaveLength(3);
    expect(answers.filter(({ type }) => type === 'full')).toEqual(Array(3).fill({ type: 'full', max: 3 }));
    const names = (await memory.collections.list(tenant)).map(({ name }) => name);
    expect(await create(names[0] ?? '')).toMatchObject({ type: 'nameTaken', collection: { name: names[0] } });
  });

  test('writes and reads nothing under another model than the collection has', async () => {
    const collection = await newCollection();
    await add(collection, fact('mine', X));
    for (const other of [
      { ...collection, model: 'large' },
      { ...collection, dimensions: 3 },
    ]) {
      const mismatch = { type: 'otherModel', collection: expect.objectContaining({ model: 'small', dimensions: 2 }) };
      expect(await add(other, fact('theirs', unitVector(1, other.dimensions)))).toEqual(mismatch);
      const answer = await memory.facts.search(other, unitVector(1, other.dimensions), { limit: 10 });
      expect(answer).toEqual(mismatch);
    }
    expect(await counted(collection)).toBe(1);
  });

  test('never gives back what has expired, and purges it in bounded batches', async () => {
    const collection = await newCollection();
    const { tenant } = collection;
    const short = (count: number): NewFact[] =>
      Array.from({ length: count }, (_, at) => fact(`short ${at}`, X, { expiresAt: after(1_000) }));
    await add(collection, fact('long', X, { expiresAt: after(2_000) }), fact('for good', X));
    for (let written = 0; written < 1_100; written += 100) await add(collection, ...short(100));
    await memory.episodes.add(episode(tenant, 's', 'short', { expiresAt: after(1_000) }));
    await memory.episodes.add(episode(tenant, 's', 'long', { expiresAt: after(2_000) }));
    const contents = async () => (await memory.episodes.latest(tenant, 's', 10)).map(({ content }) => content);
    expect(await memory.facts.count(tenant, collection.name)).toBe(1_102);
    expect(await contents()).toEqual(['short', 'long']);
    clock.advance(1_000);
    expect(await memory.facts.count(tenant, collection.name)).toBe(2);
    expect(texts(await search(collection, X)).sort()).toEqual(['for good', 'long']);
    expect(await contents()).toEqual(['long']);
    expect(await memory.forgetting.purge()).toEqual({ facts: 1_100, episodes: 1 });
    expect(await memory.forgetting.purge()).toEqual({ facts: 0, episodes: 0 });
    expect(await counted(collection)).toBe(2);
  });

  test('keeps the latest episodes of a session, in order, each once', async () => {
    const tenant = newTenantId();
    const first = episode(tenant, 's', '1', { subject: 'ada', tokens: 7, expiresAt: after(60_000) });
    expect(await memory.episodes.add(first)).toBe(true);
    expect(await memory.episodes.add({ ...first, content: 'again' })).toBe(false);
    const { id, subject, content, tokens, expiresAt } = first;
    const kept = { id, subject, content, tokens, expiresAt };
    expect(await memory.episodes.latest(tenant, 's', 10)).toEqual([{ ...kept, createdAt: new Date(clock.now()) }]);
    for (const more of ['2', '3', '4', '5', '6']) await memory.episodes.add(episode(tenant, 's', more));
    await memory.episodes.add(episode(tenant, 'other', 'elsewhere'));
    const contents = async (limit: number, of: TenantId = tenant) =>
      (await memory.episodes.latest(of, 's', limit)).map((one) => one.content);
    expect(await contents(10)).toEqual(['3', '4', '5', '6']);
    expect(await contents(2)).toEqual(['5', '6']);
    expect(await contents(2, newTenantId())).toEqual([]);
  });

  test('removes a collection with all that is in it, also while others write, and its place is free', async () => {
    const collection = await newCollection();
    const { tenant, name } = collection;
    await newCollection(tenant, 'second');
    await newCollection(tenant, 'third');
    const writers = Array.from({ length: 20 }, (_, at) => add(collection, fact(`${at}a`, X), fact(`${at}b`, X)));
    const removed = memory.forgetting.removeCollection(tenant, name);
    const added = (await Promise.all(writers)).reduce((sum, one) => sum + (one.type === 'added' ? one.added : 0), 0);
    expect(await removed).toBe(added);
    expect(await memory.forgetting.removeCollection(tenant, name)).toBeUndefined();
    expect(await add(collection, fact('late', X))).toEqual({ type: 'noCollection' });
    expect((await memory.collections.list(tenant)).map((one) => one.name)).toEqual(['second', 'third']);
    await newCollection(tenant, 'fourth');
  });

  test('forgets a subject for good, in every table, and nobody else', async () => {
    const collection = await newCollection();
    const second = await newCollection(collection.tenant, 'second');
    const stranger = await newCollection();
    const subject = `subject-${newTenantId()}`;
    const about = (count: number) => Array.from({ length: count }, () => fact(`knows ${subject}`, X, { subject }));
    for (let written = 0; written < 600; written += 100) await add(collection, ...about(100));
    await add(second, ...about(2), fact('somebody else', X, { subject: 'bob' }));
    await add(stranger, ...about(1));
    for (const session of ['s', 't'])
      await memory.episodes.add(episode(collection.tenant, session, `met ${subject}`, { subject }));
    expect(await rowsWith(opened.database, subject)).toBe(605);
    expect(await memory.forgetting.forgetSubject(collection.tenant, subject)).toEqual({ facts: 602, episodes: 2 });
    expect(await memory.forgetting.forgetSubject(collection.tenant, subject)).toEqual({ facts: 0, episodes: 0 });
    expect(await rowsWith(opened.database, subject)).toBe(1);
    expect([await counted(collection), await counted(second), await counted(stranger)]).toEqual([0, 1, 1]);
    const orphans = await opened.database.query({
      text: `select from memory_vectors v where not exists (
        select from memory_facts f where (f.tenant, f.collection_id, f.id) = (v.tenant, v.collection_id, v.fact_id))`,
    });
    expect(orphans.rowCount).toBe(0);
  });
});
