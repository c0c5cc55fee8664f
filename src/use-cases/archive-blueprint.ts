import { ok, type Result } from '../core/result.ts';
import type { BlueprintDeps, ChangedBlueprint, LockError, VersionLock } from './blueprint-deps.ts';
import { changeRow } from './change-blueprint.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** Hides a blueprint and stops new starts of it; what runs goes on. */
export const createArchiveBlueprint =
  (deps: BlueprintDeps) =>
  async (viewer: Viewer, lock: VersionLock): Promise<Result<ChangedBlueprint, LockError>> => {
    requireScope(viewer, 'blueprints:write');
    return changeRow(deps, viewer, {
      ...lock,
      change: 'archived',
      isDone: (record) => record.archivedAt !== undefined,
      toSet: () => Promise.resolve(ok({ archivedAt: deps.clock.now() })),
    });
  };
