import type { BlueprintRecord } from '../../blueprint/records.ts';
import type { ChangedBlueprint } from '../../use-cases/blueprint-deps.ts';
import { builder } from '../builder.ts';
import { resultUnion } from '../result-union.ts';
import { UpdateOutcome } from './blueprint-enums.ts';
import { BlueprintRevision, BlueprintType } from './blueprint-refs.ts';
import { newestRevision } from '../loaders.ts';
import { InvalidBlueprintError, InvalidInputError, NameTakenError, NotFoundError } from './error.ts';
import { VersionConflict } from './version-conflict.ts';

const lockErrors = { NotFoundError, VersionConflict, InvalidInputError };

const changed = (verb: string, description: string) =>
  builder.objectRef<ChangedBlueprint>(`${verb}Success`).implement({
    description,
    fields: (t) => ({
      blueprint: t.expose('blueprint', { type: BlueprintType, description: 'The blueprint as it is now.' }),
      revision: t.field({
        type: BlueprintRevision,
        description: 'The content as it is now.',
        resolve: ({ blueprint }, _args, { load }) => newestRevision(load, blueprint),
      }),
      outcome: t.expose('outcome', { type: UpdateOutcome, description: 'Whether there is a new version.' }),
    }),
  });

export const CreateBlueprintResult = resultUnion('CreateBlueprint', {
  success: builder.objectRef<{ readonly blueprint: BlueprintRecord }>('CreateBlueprintSuccess').implement({
    description: 'The blueprint is stored, at version 1. See `revision.issues` for what keeps it from being published.',
    fields: (t) => ({
      blueprint: t.expose('blueprint', { type: BlueprintType, description: 'The new blueprint.' }),
      revision: t.field({
        type: BlueprintRevision,
        description: 'Its first revision.',
        resolve: ({ blueprint }, _args, { load }) => newestRevision(load, blueprint),
      }),
    }),
  }),
  errors: { InvalidBlueprintError, NameTakenError },
});

export const UpdateBlueprintResult = resultUnion('UpdateBlueprint', {
  success: changed('UpdateBlueprint', 'The edits are stored, or were there already.'),
  errors: { ...lockErrors, InvalidBlueprintError, NameTakenError },
});

export const PublishBlueprintResult = resultUnion('PublishBlueprint', {
  success: changed('PublishBlueprint', 'The version is published, or was already.'),
  errors: { ...lockErrors, InvalidBlueprintError },
});

export const ArchiveBlueprintResult = resultUnion('ArchiveBlueprint', {
  success: changed('ArchiveBlueprint', 'The blueprint is archived, or was already.'),
  errors: lockErrors,
});

export const DeleteBlueprintResult = resultUnion('DeleteBlueprint', {
  success: changed('DeleteBlueprint', 'The blueprint is deleted, or was already.'),
  errors: lockErrors,
});

export const RestoreBlueprintResult = resultUnion('RestoreBlueprint', {
  success: changed('RestoreBlueprint', 'The blueprint is neither archived nor deleted.'),
  errors: { ...lockErrors, NameTakenError },
});

export const SetBlueprintLayoutResult = resultUnion('SetBlueprintLayout', {
  success: builder.objectRef<{ readonly blueprint: BlueprintRecord }>('SetBlueprintLayoutSuccess').implement({
    description: 'The layout is stored.',
    fields: (t) => ({
      blueprint: t.expose('blueprint', { type: BlueprintType, description: 'The blueprint with its new layout.' }),
    }),
  }),
  errors: { NotFoundError, InvalidInputError },
});
