import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlueprintRecord } from '../../src/blueprint/records.ts';
import type { BlueprintId } from '../../src/core/ids.ts';
import { author, openBlueprintUseCases, transforms } from '../support/blueprint-use-cases.ts';
import { openAgain, openTestDatabase, type ServerTestDatabase, type TestDatabase } from '../support/database.ts';

const WRITERS = 20;
const ROUNDS = 200;

let database: ServerTestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  other = await openAgain(database.url);
});
afterAll(async () => {
  await other.close();
  await database.close();
});

const kindOf = (result: { ok: boolean; error?: { kind: string }; value?: { outcome: string } }): string =>
  result.ok ? (result.value?.outcome ?? '') : (result.error?.kind ?? '');

async function create(name: string, outputs: Readonly<Record<string, unknown>>): Promise<BlueprintRecord> {
  const created = await openBlueprintUseCases(database.stores).useCases.createBlueprint(author, {
    source: transforms(name, outputs),
  });
  if (!created.ok) throw new Error(created.error.message);
  return created.value;
}

function at<T>(items: readonly T[], place: number): T {
  const item = items[place];
  if (item === undefined) throw new Error(`There is no item ${place}.`);
  return item;
}

/** Writers of two processes on one database, by turns. */
function writers() {
  const [here, there] = [openBlueprintUseCases(database.stores), openBlueprintUseCases(other.stores)];
  return Array.from({ length: WRITERS }, (_, n) => (n % 2 === 0 ? here : there).useCases);
}

describe('Of writers that have seen the same version', () => {
  it(`exactly one of ${WRITERS} wins, in each of ${ROUNDS} rounds`, { timeout: 180_000 }, async () => {
    const { id } = await create('contested', { value: -1 });
    const all = writers();
    for (let version = 1; version <= ROUNDS; version += 1) {
      const results = await Promise.all(
        all.map((useCases, n) =>
          useCases.updateBlueprint(author, {
            id,
            expectedVersion: version,
            onConflict: 'reject',
            edits: [{ patchNode: { name: 'value', spec: { output: version * WRITERS + n } } }],
          }),
        ),
      );
      const kinds = results.map(kindOf).toSorted();
      expect(kinds).toEqual([...Array.from({ length: WRITERS - 1 }, () => 'VersionConflict'), 'applied']);
      const winner = results.findIndex(({ ok }) => ok);
      expect(await outputOf(id, 'value')).toBe(version * WRITERS + winner);
    }
    const [row] = await at(all, 0).getBlueprints(author, [id]);
    expect(row?.version).toBe(ROUNDS + 1);
  });

  it('all eight succeed when they merge changes of different nodes, and nothing is lost', async () => {
    const nodes = Array.from({ length: 8 }, (_, n) => `node_${n}`);
    const { id } = await create('shared', Object.fromEntries(nodes.map((node) => [node, 0])));
    const all = writers();
    for (let round = 1; round <= 10; round += 1) {
      const [row] = await at(all, 0).getBlueprints(author, [id]);
      const expectedVersion = row?.version ?? 0;
      const results = await Promise.all(
        nodes.map((name, n) =>
          at(all, n).updateBlueprint(author, {
            id,
            expectedVersion,
            onConflict: 'merge',
            edits: [{ patchNode: { name, spec: { output: round } } }],
          }),
        ),
      );
      expect(results.map(kindOf).toSorted()).toEqual(['applied', ...Array.from({ length: 7 }, () => 'merged')]);
      expect(await Promise.all(nodes.map((node) => outputOf(id, node)))).toEqual(nodes.map(() => round));
    }
    const [row] = await at(all, 0).getBlueprints(author, [id]);
    expect(row?.version).toBe(1 + 80);
  });

  it('a change and a publish do not both win', async () => {
    const { id } = await create('published', { value: 0 });
    const all = writers();
    const [edit, publish] = await Promise.all([
      at(all, 0).updateBlueprint(author, {
        id,
        expectedVersion: 1,
        onConflict: 'reject',
        edits: [{ patchNode: { name: 'value', spec: { output: 1 } } }],
      }),
      at(all, 1).publishBlueprint(author, { id, expectedVersion: 1 }),
    ]);
    expect([kindOf(edit), kindOf(publish)].toSorted()).toEqual(['VersionConflict', 'applied']);
  });
});

async function outputOf(id: BlueprintId, node: string): Promise<unknown> {
  const { blueprints } = database.stores;
  const [row] = await blueprints.getMany(author.tenant, [id]);
  const [content] = await blueprints.getContents(author.tenant, [row?.fingerprint ?? '']);
  const spec = content?.nodes[node];
  return spec?.kind === 'transform' ? spec.output : undefined;
}
