import type { QueryConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TenantId } from '../../../src/core/ids.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/store/memory-store.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { newTenantId } from '../../support/journal.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { observedDatabase } from '../../support/observed-database.ts';
import { fact } from '../../support/memory.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const X = Float32Array.of(1, 0);
const NAME = 'secret plans';

describe.each(Object.entries(databases))("another tenant's memory on %s", (_name, open) => {
  let opened: TestDatabase;
  let memory: MemoryStore;
  const asked: QueryConfig[] = [];
  const owner = newTenantId();
  const stranger = newTenantId();
  beforeAll(async () => {
    opened = await open();
    memory = createMemoryStore({
      clock: createManualClock(),
      database: observedDatabase(opened.database, { onAsked: (config) => asked.push(config) }),
    });
    const collection = { tenant: owner, name: NAME, model: 'small', dimensions: 2 };
    await memory.collections.create(collection);
    await memory.facts.add(collection, [fact('mine', X, { subject: 'ada' })]);
  });
  afterAll(() => opened.close());

  async function answersFor(tenant: TenantId, name: string) {
    asked.length = 0;
    const collection = { tenant, name, model: 'small', dimensions: 2 };
    const answers = [
      await memory.collections.get(tenant, name),
      await memory.facts.count(tenant, name),
      await memory.facts.search(collection, X, { limit: 10 }),
      await memory.facts.add(collection, [fact('theirs', X)]),
      await memory.facts.remove(tenant, name, { ids: [] }),
      await memory.reembedding.begin({ ...collection, model: 'large' }),
      await memory.reembedding.cancel(tenant, name),
    ];
    // The first search alone asks whether there is an extension.
    return { answers, statements: asked.filter(({ text }) => !text.includes('to_regtype')) };
  }

  /** How the database goes about a statement, without the values in it. */
  async function planOf({ text, values = [] }: QueryConfig, tenant: TenantId): Promise<string> {
    const { rows } = await opened.database.of(tenant).query({ text: `explain (costs off) ${text}`, values });
    return JSON.stringify(rows).replaceAll(tenant, '').replaceAll(NAME, '').replaceAll('no such name', '');
  }

  test('is to it as if it were not: the same answers, by the same statements, with the same plans', async () => {
    const foreign = await answersFor(stranger, NAME);
    const none = await answersFor(stranger, 'no such name');
    const mismatch = { type: 'noCollection' };
    expect(foreign.answers).toEqual([undefined, undefined, mismatch, mismatch, 0, false, false]);
    expect(none.answers).toEqual(foreign.answers);
    expect(none.statements.map(({ text }) => text)).toEqual(foreign.statements.map(({ text }) => text));
    for (const [at, one] of foreign.statements.entries()) {
      expect(one.text).toContain('tenant = $');
      const other = none.statements[at] ?? one;
      expect(await planOf(one, stranger)).toBe(await planOf(other, stranger));
    }
  });

  test('is neither listed, nor forgotten, and its name is free', async () => {
    expect(await memory.collections.list(stranger)).toEqual([]);
    expect(await memory.forgetting.forgetSubject(stranger, 'ada')).toEqual({ facts: 0, episodes: 0 });
    const collection = { tenant: stranger, name: NAME, model: 'large', dimensions: 3 };
    expect(await memory.collections.create(collection)).toMatchObject({ type: 'created' });
    expect(await memory.facts.count(stranger, NAME)).toBe(0);
    expect(await memory.facts.count(owner, NAME)).toBe(1);
  });
});
