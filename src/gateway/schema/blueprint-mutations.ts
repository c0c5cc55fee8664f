import type { Result } from '../../core/result.ts';
import type { BlueprintId } from '../../core/ids.ts';
import { builder } from '../builder.ts';
import { unwrap } from '../result-union.ts';
import { toEdit } from './blueprint-edits.ts';
import {
  ArchiveBlueprintInput,
  CreateBlueprintInput,
  DeleteBlueprintInput,
  PublishBlueprintInput,
  RestoreBlueprintInput,
  SetBlueprintLayoutInput,
  UpdateBlueprintInput,
} from './blueprint-inputs.ts';
import {
  ArchiveBlueprintResult,
  CreateBlueprintResult,
  DeleteBlueprintResult,
  PublishBlueprintResult,
  RestoreBlueprintResult,
  SetBlueprintLayoutResult,
  UpdateBlueprintResult,
} from './blueprint-results.ts';
import { answerFor, notFound, toBlueprintId } from './ids.ts';

const INPUT = 'What to do.';

/** Runs a change of the blueprint that a global ID names; an ID that names none answers like one that is not there. */
async function changing<T, E extends { readonly kind: string }>(
  globalId: string,
  change: (id: BlueprintId) => Promise<Result<T, E>>,
) {
  const id = toBlueprintId(globalId);
  return id === undefined ? notFound('blueprint', globalId) : answerFor(await change(id), globalId);
}

builder.mutationFields((t) => ({
  createBlueprint: t.field({
    type: CreateBlueprintResult,
    nullable: true,
    description:
      'Stores a new blueprint. It may have issues: those keep it from being published, not from being saved.',
    args: { input: t.arg({ type: CreateBlueprintInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, { viewer, blueprints }) => {
      const created = await blueprints.createBlueprint(viewer, input);
      return created.ok ? { blueprint: created.value } : unwrap(created);
    },
  }),
  updateBlueprint: t.field({
    type: UpdateBlueprintResult,
    nullable: true,
    description: 'Edits content and name under the version lock. Content with issues is saved; it cannot be published.',
    args: { input: t.arg({ type: UpdateBlueprintInput, required: true, description: INPUT }) },
    resolve: (_root, { input: { id: globalId, edits, ...input } }, { viewer, blueprints }) =>
      changing(globalId, (id) => blueprints.updateBlueprint(viewer, { ...input, id, edits: edits.map(toEdit) })),
  }),
  publishBlueprint: t.field({
    type: PublishBlueprintResult,
    nullable: true,
    description: 'Makes a version the one that runs when none is named. Refused when the compiler finds issues in it.',
    args: { input: t.arg({ type: PublishBlueprintInput, required: true, description: INPUT }) },
    resolve: (_root, { input: { id: globalId, expectedVersion, version } }, { viewer, blueprints }) =>
      changing(globalId, (id) =>
        blueprints.publishBlueprint(viewer, { id, expectedVersion, version: version ?? undefined }),
      ),
  }),
  archiveBlueprint: t.field({
    type: ArchiveBlueprintResult,
    nullable: true,
    description: 'Hides a blueprint from lists and stops new starts of it. What runs goes on.',
    args: { input: t.arg({ type: ArchiveBlueprintInput, required: true, description: INPUT }) },
    resolve: (_root, { input: { id: globalId, expectedVersion } }, { viewer, blueprints }) =>
      changing(globalId, (id) => blueprints.archiveBlueprint(viewer, { id, expectedVersion })),
  }),
  deleteBlueprint: t.field({
    type: DeleteBlueprintResult,
    nullable: true,
    description: 'Leaves a tombstone: the name is free again, and executions keep their revision.',
    args: { input: t.arg({ type: DeleteBlueprintInput, required: true, description: INPUT }) },
    resolve: (_root, { input: { id: globalId, expectedVersion } }, { viewer, blueprints }) =>
      changing(globalId, (id) => blueprints.deleteBlueprint(viewer, { id, expectedVersion })),
  }),
  restoreBlueprint: t.field({
    type: RestoreBlueprintResult,
    nullable: true,
    description: 'Undoes an archive or a delete.',
    args: { input: t.arg({ type: RestoreBlueprintInput, required: true, description: INPUT }) },
    resolve: (_root, { input: { id: globalId, expectedVersion } }, { viewer, blueprints }) =>
      changing(globalId, (id) => blueprints.restoreBlueprint(viewer, { id, expectedVersion })),
  }),
  setBlueprintLayout: t.field({
    type: SetBlueprintLayoutResult,
    nullable: true,
    description: 'Keeps positions on a canvas: last write wins, outside version and fingerprint.',
    args: { input: t.arg({ type: SetBlueprintLayoutInput, required: true, description: INPUT }) },
    resolve: (_root, { input: { id: globalId, layout } }, { viewer, blueprints }) =>
      changing(globalId, async (id) => {
        const set = await blueprints.setBlueprintLayout(viewer, { id, layout: layout ?? null });
        return set.ok ? { ok: true as const, value: { blueprint: set.value } } : set;
      }),
  }),
}));
