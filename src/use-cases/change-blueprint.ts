import type { AuditAction } from '../core/audit.ts';
import type { BlueprintRecord, RevisionChange } from '../blueprint/records.ts';
import { assertNever } from '../core/assert-never.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { BlueprintChange, ChangeAnswer } from '../store/blueprint-store.ts';
import { auditOf } from './audit.ts';
import {
  noBlueprint,
  readRow,
  type BlueprintDeps,
  type ChangedBlueprint,
  type LockError,
  type VersionLock,
} from './blueprint-deps.ts';
import { versionConflict } from './version-conflict.ts';
import type { Viewer } from './viewer.ts';

/** A change of the row that leaves the document alone: publish, archive, delete, restore. */
export interface RowChange<E> extends VersionLock {
  readonly change: RevisionChange;
  /** Deleted rows are gone for those that do not say otherwise. */
  readonly deleted?: 'seen';
  /** True when the row is as wanted already: then nothing is written, however old the client's version is. */
  isDone(record: BlueprintRecord): boolean;
  /** What to set, asked for only when the version holds. */
  toSet(record: BlueprintRecord): Promise<Result<BlueprintChange, E>>;
  /** Where it may bring a name back. */
  nameTaken?(name: string): E;
}

/** The version lock for changes of the row: check and write are one statement of the store. */
export async function changeRow<E = never>(
  deps: BlueprintDeps,
  viewer: Viewer,
  wanted: RowChange<E>,
): Promise<Result<ChangedBlueprint, LockError | E>> {
  const read = await readRow(deps, viewer, { ...wanted, deleted: wanted.deleted ?? 'hidden' });
  if (!read.ok) return read;
  const record = read.value;
  if (wanted.isDone(record)) return ok({ blueprint: record, outcome: 'unchanged' });
  if (wanted.expectedVersion < record.version) return err(await conflict(deps, wanted, record));
  const set = await wanted.toSet(record);
  if (!set.ok) return set;
  const written = await writeChange(deps, viewer, { record, set: set.value, change: wanted.change });
  switch (written.type) {
    case 'written':
      return ok({ blueprint: written.record, outcome: 'applied' });
    case 'notFound':
      return err(noBlueprint(wanted.id));
    case 'nameTaken':
      if (wanted.nameTaken === undefined) throw new Error('A change that leaves the name alone met another name.');
      return err(wanted.nameTaken(record.name));
    case 'stale':
      // Somebody was quicker; perhaps with the same.
      return wanted.isDone(written.record)
        ? ok({ blueprint: written.record, outcome: 'unchanged' })
        : err(await conflict(deps, wanted, written.record));
    default:
      return assertNever(written);
  }
}

/** One compare-and-set against the version of `record`; subscribers hear of it when it was written. */
export async function writeChange(
  deps: BlueprintDeps,
  viewer: Viewer,
  {
    record,
    set,
    change,
  }: { readonly record: BlueprintRecord; readonly set: BlueprintChange; readonly change: RevisionChange },
): Promise<ChangeAnswer> {
  const { tenant, subject: by } = viewer;
  const { id, version: expectedVersion } = record;
  const at = deps.clock.now();
  const audit = auditOf(viewer, ACTIONS[change], { at, nounId: id, fields: changedFields(record, set) });
  const answer = await deps.blueprints.change({ tenant, id, expectedVersion, set, change, at, by, audit });
  if (answer.type === 'written') deps.onBlueprintChanged({ tenant, id, version: answer.record.version });
  return answer;
}

const ACTIONS: Readonly<Record<RevisionChange, AuditAction>> = {
  created: 'createBlueprint',
  edited: 'updateBlueprint',
  renamed: 'updateBlueprint',
  merged: 'updateBlueprint',
  published: 'publishBlueprint',
  archived: 'archiveBlueprint',
  deleted: 'deleteBlueprint',
  restored: 'restoreBlueprint',
};

const changedFields = (record: BlueprintRecord, set: BlueprintChange): readonly string[] => [
  ...(set.name === undefined ? [] : ['name']),
  ...(set.content === undefined ? [] : ['document']),
  ...(set.published === undefined ? [] : ['publishedVersion']),
  ...('archivedAt' in set && set.archivedAt !== record.archivedAt ? ['archivedAt'] : []),
  ...('deletedAt' in set && set.deletedAt !== record.deletedAt ? ['deletedAt'] : []),
];

const conflict = (deps: BlueprintDeps, { expectedVersion }: VersionLock, record: BlueprintRecord) =>
  versionConflict(deps, record, { expectedVersion, yours: undefined, mergeable: false });
