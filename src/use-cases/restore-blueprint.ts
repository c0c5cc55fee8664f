import type { NameTakenError } from '../core/errors.ts';
import { ok, type Result } from '../core/result.ts';
import {
  nameTaken,
  type BlueprintDeps,
  type ChangedBlueprint,
  type LockError,
  type VersionLock,
} from './blueprint-deps.ts';
import { changeRow } from './change-blueprint.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** Undoes an archive or a delete. Refused when another blueprint has taken the name meanwhile. */
export const createRestoreBlueprint =
  (deps: BlueprintDeps) =>
  async (viewer: Viewer, lock: VersionLock): Promise<Result<ChangedBlueprint, LockError | NameTakenError>> => {
    requireScope(viewer, 'blueprints:write');
    return changeRow<NameTakenError>(deps, viewer, {
      ...lock,
      change: 'restored',
      deleted: 'seen',
      isDone: ({ archivedAt, deletedAt }) => archivedAt === undefined && deletedAt === undefined,
      toSet: () => Promise.resolve(ok({ archivedAt: undefined, deletedAt: undefined })),
      nameTaken,
    });
  };
