import { ok, type Result } from '../core/result.ts';
import type { BlueprintDeps, ChangedBlueprint, LockError, VersionLock } from './blueprint-deps.ts';
import { changeRow } from './change-blueprint.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** Leaves a tombstone: the name is free again, executions keep their revision, and `restoreBlueprint` undoes it. */
export const createDeleteBlueprint =
  (deps: BlueprintDeps) =>
  async (viewer: Viewer, lock: VersionLock): Promise<Result<ChangedBlueprint, LockError>> => {
    requireScope(viewer, 'blueprints:write');
    return changeRow(deps, viewer, {
      ...lock,
      change: 'deleted',
      deleted: 'seen',
      isDone: (record) => record.deletedAt !== undefined,
      toSet: () => Promise.resolve(ok({ deletedAt: deps.clock.now() })),
    });
  };
