import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { DEFAULT_TENANT, type BlueprintId } from '../../../src/core/ids.ts';
import type { BlueprintStore } from '../../../src/store/blueprint-store.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { AT, newBlueprintId, newTenantId, someDigest, upTo } from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const tenant = DEFAULT_TENANT;

describe.each(Object.entries(databases))('blueprints on %s', (_name, open) => {
  let opened: TestDatabase;
  let blueprints: BlueprintStore;

  beforeAll(async () => {
    opened = await open();
    ({ blueprints } = opened.stores);
  });
  afterAll(() => opened.close());

  async function insert(name: string, more: Partial<Blueprint> = {}): Promise<BlueprintId> {
    const id = newBlueprintId();
    const document = { name, nodes: {}, ...more };
    const answer = await blueprints.insert({ id, tenant, document, fingerprint: someDigest(), at: AT, by: 'Ada' });
    expect(answer.type).toBe('written');
    return id;
  }

  type Change = Parameters<BlueprintStore['change']>[0];
  const change = (id: BlueprintId, more: Partial<Change> = {}) =>
    blueprints.change({ tenant, id, expectedVersion: 1, set: {}, change: 'edited', at: AT + 1, by: 'Eve', ...more });

  test('an insert writes row, content and revision', async () => {
    const id = newBlueprintId();
    const fingerprint = someDigest();
    const document: Blueprint = { name: 'first', description: 'NUL \u0000 and \ud800', nodes: {} };
    const answer = await blueprints.insert({ id, tenant, document, fingerprint, at: AT, by: 'Ada' });
    const record = { id, tenant, name: 'first', version: 1, fingerprint, createdAt: AT, updatedAt: AT };
    expect(answer).toMatchObject({ type: 'written', record });
    expect(await blueprints.getMany(tenant, [newBlueprintId(), id])).toMatchObject([undefined, record]);
    expect(await blueprints.findByName(tenant, 'first')).toMatchObject(record);
    expect(await blueprints.getContents(tenant, [fingerprint, someDigest()])).toEqual([document, undefined]);
    expect(
      await blueprints.getRevisions(tenant, [
        { id, version: 1 },
        { id, version: 2 },
      ]),
    ).toEqual([
      {
        blueprintId: id,
        tenant,
        version: 1,
        name: 'first',
        fingerprint,
        change: 'created',
        createdAt: AT,
        createdBy: 'Ada',
      },
      undefined,
    ]);
  });

  test('a taken name is refused, and nothing of it is stored', async () => {
    await insert('taken');
    const fingerprint = someDigest();
    const document = { name: 'taken', nodes: {} };
    const row = { id: newBlueprintId(), tenant, document, fingerprint, at: AT, by: 'Ada' };
    expect(await blueprints.insert(row)).toEqual({ type: 'nameTaken' });
    expect(await blueprints.getContents(tenant, [fingerprint])).toEqual([undefined]);
    const other = await insert('not-taken');
    expect(await change(other, { set: { name: 'taken' } })).toEqual({ type: 'nameTaken' });
    expect(await blueprints.getMany(tenant, [other])).toMatchObject([{ name: 'not-taken', version: 1 }]);
  });

  test('a change sets what it names, leaves the rest, and is a revision', async () => {
    const id = await insert('changing');
    const fingerprint = someDigest();
    const content = { fingerprint, document: { name: 'changing', description: 'new', nodes: {} } };
    expect(await change(id, { set: { content } })).toMatchObject({
      type: 'written',
      record: { version: 2, fingerprint },
    });
    const published = { version: 2, fingerprint };
    await change(id, { expectedVersion: 2, set: { published }, change: 'published' });
    await change(id, { expectedVersion: 3, set: { name: 'changed', archivedAt: AT + 5 }, change: 'archived' });
    const restored = await change(id, { expectedVersion: 4, set: { archivedAt: undefined }, change: 'restored' });
    expect(restored).toMatchObject({
      type: 'written',
      record: { name: 'changed', version: 5, fingerprint, publishedVersion: 2, publishedFingerprint: fingerprint },
    });
    expect(restored).toHaveProperty('record.archivedAt', undefined);
    const history = await blueprints.listRevisions(tenant, id, { limit: 3, direction: 'forward' });
    expect(history.items.map((one) => [one.version, one.change, one.name])).toEqual([
      [5, 'restored', 'changed'],
      [4, 'archived', 'changed'],
      [3, 'published', 'changing'],
    ]);
    expect(history).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const rest = await blueprints.listRevisions(tenant, id, { limit: 3, direction: 'forward', after: 3 });
    expect(rest.items.map(({ version }) => version)).toEqual([2, 1]);
  });

  test('a stale change is answered with what is there, an unknown one with notFound', async () => {
    const id = await insert('stale');
    await change(id);
    expect(await change(id)).toMatchObject({ type: 'stale', record: { id, version: 2 } });
    expect(await change(id, { expectedVersion: 7 })).toMatchObject({ type: 'stale', record: { version: 2 } });
    expect(await change(newBlueprintId())).toEqual({ type: 'notFound' });
    expect(await change(id, { tenant: newTenantId(), expectedVersion: 2 })).toEqual({ type: 'notFound' });
  });

  test('a deleted blueprint leaves its name, and comes back when the name is free', async () => {
    const id = await insert('ghost');
    await change(id, { set: { deletedAt: AT + 2 }, change: 'deleted' });
    expect(await blueprints.findByName(tenant, 'ghost')).toBeUndefined();
    expect(await blueprints.getMany(tenant, [id])).toMatchObject([{ deletedAt: AT + 2 }]);
    const second = await insert('ghost');
    const restore = { expectedVersion: 2, set: { deletedAt: undefined }, change: 'restored' } as const;
    expect(await change(id, restore)).toEqual({ type: 'nameTaken' });
    await change(second, { set: { name: 'spirit' }, change: 'renamed' });
    expect(await change(id, restore)).toMatchObject({ type: 'written' });
  });

  test('lists go by name, and show archived ones when asked', async () => {
    for (const name of ['list-c', 'list-a', 'list-d', 'List-b']) await insert(name);
    const archived = await insert('list-e');
    await change(archived, { set: { archivedAt: AT } });
    const list = async (all: boolean, page: Parameters<BlueprintStore['list']>[2]) => {
      const { items, ...more } = await blueprints.list(tenant, { archived: all, nameContains: 'LIST-' }, page);
      return { names: items.map(({ name }) => name), ...more };
    };
    const all = await list(true, { limit: 10, direction: 'forward' });
    expect(all.names.toSorted()).toEqual(['List-b', 'list-a', 'list-c', 'list-d', 'list-e']);
    const visible = all.names.filter((name) => name !== 'list-e');
    const first = await list(false, { limit: 3, direction: 'forward' });
    expect(first).toEqual({ names: visible.slice(0, 3), hasNextPage: true, hasPreviousPage: false });
    const next = await list(false, { limit: 3, direction: 'forward', after: visible[2] });
    expect(next).toEqual({ names: visible.slice(3), hasNextPage: false, hasPreviousPage: true });
    const back = await list(false, { limit: 2, direction: 'backward', before: visible[3] });
    expect(back).toEqual({ names: visible.slice(1, 3), hasNextPage: true, hasPreviousPage: true });
    const last = await list(false, { limit: 1, direction: 'backward' });
    expect(last).toEqual({ names: visible.slice(-1), hasNextPage: false, hasPreviousPage: true });
  });

  test('a layout is whatever was written last, and needs its blueprint', async () => {
    const id = await insert('drawn');
    expect(await blueprints.getLayout(tenant, id)).toBeUndefined();
    expect(await blueprints.setLayout({ tenant, id, layout: { a: { x: 1, y: 2 } }, at: AT })).toBe(true);
    expect(await blueprints.setLayout({ tenant, id, layout: { a: { x: 3, y: 4 } }, at: AT })).toBe(true);
    expect(await blueprints.getLayout(tenant, id)).toEqual({ a: { x: 3, y: 4 } });
    expect(await blueprints.setLayout({ tenant, id: newBlueprintId(), layout: {}, at: AT })).toBe(false);
    expect(await blueprints.setLayout({ tenant: newTenantId(), id, layout: {}, at: AT })).toBe(false);
  });
});

describe('the version lock on Postgres', () => {
  test('of 20 writers of one version exactly one wins, 200 times', async () => {
    const opened = await openTestDatabase();
    const { blueprints } = opened.stores;
    const id = newBlueprintId();
    const document = { name: 'contended', nodes: {} };
    await blueprints.insert({ id, tenant, document, fingerprint: someDigest(), at: AT, by: 'Ada' });
    for (const expectedVersion of upTo(200)) {
      const answers = await Promise.all(
        upTo(20).map((writer) => {
          const content = { fingerprint: someDigest(), document: { ...document, description: `writer ${writer}` } };
          const set = { content };
          return blueprints.change({ tenant, id, expectedVersion, set, change: 'edited', at: AT, by: `w${writer}` });
        }),
      );
      const winners = answers.filter(({ type }) => type === 'written');
      expect(winners).toMatchObject([{ record: { version: expectedVersion + 1 } }]);
      expect(answers.filter(({ type }) => type === 'stale')).toHaveLength(19);
    }
    const history = await blueprints.listRevisions(tenant, id, { limit: 500, direction: 'forward' });
    expect(history.items.map(({ version }) => version)).toEqual(upTo(201).toReversed());
    await opened.close();
  });
});
