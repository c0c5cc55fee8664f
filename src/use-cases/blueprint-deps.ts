import type { Blueprint } from '../blueprint/blueprint.ts';
import type { Examined } from '../compiler/examine.ts';
import type { BlueprintRecord, VersionConflict } from '../blueprint/records.ts';
import type { Clock } from '../core/clock.ts';
import type { InvalidBlueprintError, InvalidInputError, NameTakenError, NotFoundError } from '../core/errors.ts';
import type { BlueprintId, TenantId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { BlueprintStore } from '../store/blueprint-store.ts';
import type { Viewer } from './viewer.ts';

/** Tells subscribers that a row has a new version; carries nothing that matters. */
export interface BlueprintChangedHint {
  readonly tenant: TenantId;
  readonly id: BlueprintId;
  readonly version: number;
}

/** What the use cases of blueprints need. */
export interface BlueprintDeps {
  readonly blueprints: BlueprintStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  /** All that the compiler finds in a document. */
  readonly findIssues: (document: Blueprint) => readonly Issue[];
  /** The same, with warnings and an estimate. */
  readonly examine: (document: Blueprint) => Examined;
  readonly onBlueprintChanged: (hint: BlueprintChangedHint) => void;
  /** A change came with a stale version; what became of it. */
  readonly onVersionConflict?: ((outcome: 'rejected' | 'merged') => void) | undefined;
}

/** How an accepted change ended. */
export const UPDATE_OUTCOMES = ['applied', 'merged', 'unchanged'] as const;
export type UpdateOutcome = (typeof UPDATE_OUTCOMES)[number];

/** An accepted change: the row as it is now. */
export interface ChangedBlueprint {
  readonly blueprint: BlueprintRecord;
  readonly outcome: UpdateOutcome;
}

/** What every change under the version lock may answer. */
export type LockError = NotFoundError | VersionConflict | InvalidInputError;

/** Which row a change is for, and what the client has seen of it. */
export interface VersionLock {
  readonly id: BlueprintId;
  readonly expectedVersion: number;
}

/** The row as it is now, when the lock can hold: deleted rows are gone for all but those who restore or delete them. */
export async function readRow(
  { blueprints }: Pick<BlueprintDeps, 'blueprints'>,
  viewer: Viewer,
  { id, expectedVersion, deleted }: VersionLock & { readonly deleted: 'hidden' | 'seen' },
): Promise<Result<BlueprintRecord, NotFoundError | InvalidInputError>> {
  const [record] = await blueprints.getMany(viewer.tenant, [id]);
  if (record === undefined) return err(noBlueprint(id));
  if (record.deletedAt !== undefined && deleted === 'hidden') {
    const message = `Blueprint "${record.name}" was deleted. Restore it first (restoreBlueprint).`;
    return err({ kind: 'NotFoundError', id, message });
  }
  if (expectedVersion > record.version) {
    const message = `expectedVersion is ${expectedVersion}, but blueprint "${record.name}" is only at version ${record.version}.`;
    return err(invalidInput({ rule: 'known-version', path: '/expectedVersion', message }));
  }
  return ok(record);
}

/** The content of a row or a revision under the name that it had then. */
export async function readDocument(
  { blueprints }: Pick<BlueprintDeps, 'blueprints'>,
  { tenant, fingerprint, name }: Pick<BlueprintRecord, 'tenant' | 'fingerprint' | 'name'>,
): Promise<Blueprint> {
  const [content] = await blueprints.getContents(tenant, [fingerprint]);
  if (content === undefined) throw new Error(`The content ${fingerprint} of blueprint "${name}" is missing.`);
  return { ...content, name };
}

export const noBlueprint = (id: string): NotFoundError => ({
  kind: 'NotFoundError',
  id,
  message: `There is no blueprint with the ID "${id}" that you may see.`,
});

export const nameTaken = (name: string): NameTakenError => ({
  kind: 'NameTakenError',
  name,
  message: `There is another blueprint named "${name}". Choose another name, or change that one.`,
});

export const invalidInput = (issue: Issue): InvalidInputError => ({
  kind: 'InvalidInputError',
  message: issue.message,
  issues: [issue],
});

export const invalidBlueprint = (issues: readonly Issue[], what: string): InvalidBlueprintError => ({
  kind: 'InvalidBlueprintError',
  message: `${what}: ${issues.length === 1 ? (issues[0]?.message ?? '') : `${issues.length} issues were found.`}`,
  issues,
});
