import { createArchiveBlueprint } from './archive-blueprint.ts';
import type { BlueprintDeps } from './blueprint-deps.ts';
import { createCreateBlueprint } from './create-blueprint.ts';
import { createDeleteBlueprint } from './delete-blueprint.ts';
import { createDiffBlueprint } from './diff-blueprint.ts';
import { createPublishBlueprint } from './publish-blueprint.ts';
import { createBlueprintReader, type BlueprintReader } from './read-blueprints.ts';
import { createRestoreBlueprint } from './restore-blueprint.ts';
import { createSetBlueprintLayout } from './set-blueprint-layout.ts';
import { createUpdateBlueprint } from './update-blueprint.ts';
import { createValidateBlueprint } from './validate-blueprint.ts';

/** What a client may ask for around blueprints; one file each. */
export interface BlueprintUseCases extends BlueprintReader {
  readonly createBlueprint: ReturnType<typeof createCreateBlueprint>;
  readonly updateBlueprint: ReturnType<typeof createUpdateBlueprint>;
  readonly publishBlueprint: ReturnType<typeof createPublishBlueprint>;
  readonly archiveBlueprint: ReturnType<typeof createArchiveBlueprint>;
  readonly deleteBlueprint: ReturnType<typeof createDeleteBlueprint>;
  readonly restoreBlueprint: ReturnType<typeof createRestoreBlueprint>;
  readonly setBlueprintLayout: ReturnType<typeof createSetBlueprintLayout>;
  readonly diffBlueprint: ReturnType<typeof createDiffBlueprint>;
  readonly validateBlueprint: ReturnType<typeof createValidateBlueprint>;
}

/** Makes all of them with the same surroundings. */
export const createBlueprintUseCases = (deps: BlueprintDeps): BlueprintUseCases => ({
  ...createBlueprintReader(deps),
  createBlueprint: createCreateBlueprint(deps),
  updateBlueprint: createUpdateBlueprint(deps),
  publishBlueprint: createPublishBlueprint(deps),
  archiveBlueprint: createArchiveBlueprint(deps),
  deleteBlueprint: createDeleteBlueprint(deps),
  restoreBlueprint: createRestoreBlueprint(deps),
  setBlueprintLayout: createSetBlueprintLayout(deps),
  diffBlueprint: createDiffBlueprint(deps),
  validateBlueprint: createValidateBlueprint(deps),
});
