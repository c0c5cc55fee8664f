import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BlueprintEdit } from '../../../src/blueprint/edits.ts';
import { BlueprintId } from '../../../src/core/ids.ts';
import type { BlueprintUseCases } from '../../../src/use-cases/blueprint-use-cases.ts';
import { author, openBlueprintUseCases, transforms } from '../../support/blueprint-use-cases.ts';
import { BlueprintModel, currentOf, type ModelAnswer, type ModelEdit } from '../../support/blueprint-model.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';

let database: ServerTestDatabase;
let useCases: BlueprintUseCases;
beforeAll(async () => {
  database = await openTestDatabase();
  ({ useCases } = openBlueprintUseCases(database.stores));
});
afterAll(() => database.close());

/** One mutation; `behind` says how many versions ago the client looked, -1 that it made a version up. */
type Step =
  | { readonly type: 'create'; readonly name: string }
  | {
      readonly type: 'update';
      readonly at: number;
      readonly behind: number;
      readonly onConflict: 'reject' | 'merge';
      readonly edits: ModelEdit[];
    }
  | { readonly type: 'publish'; readonly at: number; readonly behind: number; readonly older: number }
  | { readonly type: 'archive' | 'delete' | 'restore'; readonly at: number; readonly behind: number };

const node = fc.constantFrom('a', 'b', 'c');
const name = fc.constantFrom('one', 'two', 'three');
const edit: fc.Arbitrary<ModelEdit> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('add', 'patch'), node, value: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('remove'), node }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('rename'), name }) },
);
const at = fc.nat(2);
const behind = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: -1, max: 4 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('create'), name }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('update'),
      at,
      behind,
      onConflict: fc.constantFrom('reject', 'merge'),
      edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('publish'), at, behind, older: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('archive', 'delete', 'restore'), at, behind }) },
);

it('Every sequence of mutations does to the stored blueprints what it does to the model', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const run = createRun();
      for (const each of [{ type: 'create', name: 'one' } as const, ...steps]) await run.check(each);
    }),
    { numRuns: 150, endOnFailure: false },
  );
}, 120_000);

let runs = 0;

function createRun() {
  const model = new BlueprintModel();
  const ids: BlueprintId[] = [];
  // Every run has names of its own, as all share one tenant.
  const prefix = `run${(runs += 1)}-`;
  const full = (short: string): string => `${prefix}${short}`;

  async function check(each: Step): Promise<void> {
    const { expected, actual } = await play(each);
    expect(actual).toBe(expected);
    const rows = await useCases.getBlueprints(author, ids);
    for (const [place, row] of model.rows.entries()) {
      const record = rows[place];
      if (record === undefined) throw new Error('A blueprint is gone.');
      const { name: shortName, nodes } = currentOf(row);
      expect({
        version: record.version,
        name: record.name,
        archived: record.archivedAt !== undefined,
        deleted: record.deletedAt !== undefined,
      }).toEqual({ version: row.history.length, name: full(shortName), archived: row.archived, deleted: row.deleted });
      const [content] = await useCases.getContents(author, [record.fingerprint]);
      expect(content?.nodes).toEqual(
        Object.fromEntries(Object.entries(nodes).map(([key, output]) => [key, { kind: 'transform', output }])),
      );
      expect(record.publishedFingerprint === undefined).toBe(row.published === undefined);
    }
  }

  async function play(each: Step): Promise<{ expected: ModelAnswer; actual: string }> {
    if (each.type === 'create') {
      const nodes = { a: 0, b: 0 };
      const created = await useCases.createBlueprint(author, { source: transforms(full(each.name), nodes) });
      if (created.ok) ids.push(created.value.id);
      const expected = model.create({ name: each.name, nodes });
      return { expected, actual: created.ok ? 'applied' : created.error.kind };
    }
    const id = ids[each.at] ?? BlueprintId.parse('00000000-0000-7000-8000-00000000dead');
    const version = model.rows[each.at]?.history.length ?? 1;
    const expectedVersion = version - each.behind;
    if (each.type === 'update') {
      const edits = each.edits.map((one) => toEdit(one, full));
      const { onConflict } = each;
      const answer = await useCases.updateBlueprint(author, { id, expectedVersion, onConflict, edits });
      return { expected: model.update(each.at, expectedVersion, onConflict, each.edits), actual: kindOf(answer) };
    }
    if (each.type === 'publish') {
      const target = expectedVersion - each.older;
      const answer = await useCases.publishBlueprint(author, { id, expectedVersion, version: target });
      return { expected: model.publish(each.at, expectedVersion, target), actual: kindOf(answer) };
    }
    const verbs = {
      archive: useCases.archiveBlueprint,
      delete: useCases.deleteBlueprint,
      restore: useCases.restoreBlueprint,
    };
    const answer = await verbs[each.type](author, { id, expectedVersion });
    return { expected: model[each.type](each.at, expectedVersion), actual: kindOf(answer) };
  }

  return { check };
}

function toEdit(one: ModelEdit, full: (short: string) => string): BlueprintEdit {
  switch (one.type) {
    case 'add':
      return { addNode: { name: one.node, kind: 'transform', after: [], spec: { output: one.value } } };
    case 'patch':
      return { patchNode: { name: one.node, spec: { output: one.value } } };
    case 'remove':
      return { removeNode: one.node };
    case 'rename':
      return { rename: full(one.name) };
  }
}

const kindOf = (
  answer:
    | { readonly ok: true; readonly value: { readonly outcome: string } }
    | { readonly ok: false; readonly error: { readonly kind: string } },
): string => (answer.ok ? answer.value.outcome : answer.error.kind);
