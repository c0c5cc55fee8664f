import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FactId, TenantId } from '../../../src/core/ids.ts';
import type { Embedder } from '../../../src/memory/embedder.ts';
import { createSemanticMemory } from '../../../src/memory/semantic-memory.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/store/memory-store.ts';
import { openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { newTenantId } from '../../support/journal.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { fact, newFactId } from '../../support/memory.ts';

const DIMENSIONS = 8;
const WRITES = 1_000;
const { signal } = new AbortController();

interface Given {
  readonly numbers: readonly number[];
  readonly isSound: boolean;
}

const within = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIMENSIONS, maxLength: DIMENSIONS });
/** One number is not small, so that the vector has a length; then all are made large or small. */
const sound = fc
  .tuple(within, fc.nat(DIMENSIONS - 1), fc.constantFrom(1, -1, 2 ** 100, 2 ** -100))
  .map(([numbers, at, scale]): Given => {
    return { numbers: numbers.map((number, place) => (place === at ? 1 : number) * scale), isSound: true };
  });
const broken = fc.oneof(
  fc
    .tuple(within, fc.nat(DIMENSIONS - 1), fc.constantFrom(NaN, Infinity, -Infinity, 1e39, -1e308))
    .map(([numbers, at, bad]) => numbers.with(at, bad)),
  fc.constantFrom(0, -0, 2 ** -150).map((number) => Array<number>(DIMENSIONS).fill(number)),
  fc.array(fc.constantFrom(1, -0.5), { maxLength: 3 * DIMENSIONS }).filter(({ length }) => length !== DIMENSIONS),
);
const given = fc.oneof(
  { weight: 14, arbitrary: sound },
  { weight: 1, arbitrary: broken.map((numbers): Given => ({ numbers, isSound: false })) },
);
const write = fc.record({
  vectors: fc.array(given, { minLength: 1, maxLength: 6 }),
  madeBy: fc.oneof({ weight: 9, arbitrary: fc.constant('small') }, { weight: 1, arbitrary: fc.constant('large') }),
  lost: fc.oneof({ weight: 19, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
});

/** Rows that no search could use, past all code that could hide one. */
const BAD_ROWS = `select count(*)::int4 as count from memory_vectors v
  left join memory_collections c on c.tenant = v.tenant and c.id = v.collection_id and c.generation = v.generation
  left join memory_facts f on f.tenant = v.tenant and f.collection_id = v.collection_id and f.id = v.fact_id
  where c.id is null or f.id is null or c.model <> 'small' or cardinality(v.vector) <> c.dimensions
    or exists (select from unnest(v.vector) x where x is null or x in ('NaN', 'Infinity', '-Infinity'))
    or abs(1 - (select sqrt(sum(x::float8 * x)) from unnest(v.vector) x)) > 1e-6`;

describe('the vectors in the database', () => {
  let opened: TestDatabase;
  let store: MemoryStore;
  beforeAll(async () => {
    opened = await openTestDatabase();
    store = createMemoryStore({ database: opened.database, clock: createManualClock() });
  });
  afterAll(() => opened.close());

  /** Writes through all that a client's write goes through, by a model that answers with these vectors. */
  async function remember(tenant: TenantId, model: string, answer: readonly (readonly number[])[], ids: FactId[]) {
    const embedder: Embedder = {
      ...{ model, dimensions: DIMENSIONS },
      embed: async () => ({
        ok: true,
        value: { vectors: answer.map((one) => Float32Array.from(one)), inputTokens: 1 },
      }),
    };
    const memory = createSemanticMemory({
      ...{ tenant, collection: 'notes', embedder, store, clock: createManualClock(), guarantees: [] },
    });
    await memory.validate();
    return memory.remember(
      ids.map((id) => ({ id, text: 'x' })),
      signal,
    );
  }

  test('are all that may be there, and none else, after some thousand good and bad', { timeout: 120_000 }, async () => {
    const tenant = newTenantId();
    await remember(tenant, 'small', [], []);
    const expected = new Map<string, readonly number[]>();
    const seen = { sound: 0, broken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(write, async ({ vectors, madeBy, lost }) => {
        const ids = vectors.map(() => newFactId());
        const answer = vectors.map(({ numbers }) => numbers).slice(lost);
        const isSound = madeBy === 'small' && lost === 0 && vectors.every((one) => one.isSound);
        const written = await remember(tenant, madeBy, answer, ids);
        for (const one of vectors) seen[one.isSound ? 'sound' : 'broken'] += 1;
        if (!isSound) seen.refused += 1;
        if (isSound) for (const [at, id] of ids.entries()) expected.set(id, answer[at] ?? []);
        expect(written.ok).toBe(isSound);
      }),
      // A write stays in the database: what failed is not tried again in smaller.
      { numRuns: WRITES, endOnFailure: true },
    );
    // Below the guard the store itself asks for the model and the length.
    for (const other of [{ model: 'large' }, { dimensions: DIMENSIONS + 1 }]) {
      const collection = { tenant, name: 'notes', model: 'small', dimensions: DIMENSIONS, ...other };
      const vector = new Float32Array(collection.dimensions).fill(1);
      expect(await store.facts.add(collection, [fact('x', vector)])).toMatchObject({ type: 'otherModel' });
    }
    expect(seen.sound).toBeGreaterThan(2_000);
    expect(Math.min(seen.broken, seen.refused)).toBeGreaterThan(150);

    const bad = await opened.database.query<{ readonly count: number }>({ text: BAD_ROWS });
    expect(bad.rows).toEqual([{ count: 0 }]);
    const { rows } = await opened.database.query<{ readonly id: string; readonly vector: readonly number[] }>({
      text: 'select f.id, v.vector from memory_facts f left join memory_vectors v on v.fact_id = f.id',
    });
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(expected.keys()));
    expect(rows).toHaveLength(expected.size);
    const isFar = rows.filter(({ id, vector }) => {
      const numbers = expected.get(id) ?? [];
      const norm = Math.hypot(...numbers);
      return numbers.some((number, at) => !(Math.abs(number / norm - (vector[at] ?? NaN)) < 1e-6));
    });
    expect(isFar).toEqual([]);
  });

  test.each(['{}', '{1,NULL}', '{NaN,1}', '{1,Infinity}', '{-Infinity}', '{0,-0}'])(
    'are never %s, whoever writes them',
    async (vector) => {
      const update = opened.database.query({ text: 'update memory_vectors set vector = $1', values: [vector] });
      await expect(update).rejects.toThrow(/memory_vectors_sound/);
    },
  );
});
