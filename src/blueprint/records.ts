import type { BlueprintId, TenantId } from '../core/ids.ts';
import type { NotFoundError, NameTakenError, InvalidBlueprintError, InvalidInputError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';

/** A blueprint's row. `version` counts every accepted change of it; the lock is held against it. */
export interface BlueprintRecord {
  readonly id: BlueprintId;
  readonly tenant: TenantId;
  readonly name: string;
  readonly version: number;
  /** Of the newest content. */
  readonly fingerprint: string;
  readonly publishedVersion: number | undefined;
  readonly publishedFingerprint: string | undefined;
  readonly archivedAt: number | undefined;
  readonly deletedAt: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const REVISION_CHANGES = [
  'created',
  'edited',
  'merged',
  'renamed',
  'published',
  'archived',
  'deleted',
  'restored',
] as const;
export type RevisionChange = (typeof REVISION_CHANGES)[number];

/** One version of a blueprint: which content it had, and what made it. Immutable. */
export interface RevisionRecord {
  readonly blueprintId: BlueprintId;
  readonly tenant: TenantId;
  readonly version: number;
  readonly name: string;
  readonly fingerprint: string;
  readonly change: RevisionChange;
  readonly createdAt: number;
  readonly createdBy: string;
}

/** One place that a side changed; a side's value is undefined where the place is absent. */
export interface ThreeWayChange {
  /** The top-level node, undefined outside nodes. */
  readonly node: string | undefined;
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly side: 'yours' | 'theirs' | 'both';
  readonly base: Json | undefined;
  readonly yours: Json | undefined;
  readonly theirs: Json | undefined;
}

/** Someone else wrote first. Enough to show a three-way merge without another request. */
export interface VersionConflict {
  readonly kind: 'VersionConflict';
  readonly message: string;
  readonly expectedVersion: number;
  readonly actualVersion: number;
  readonly current: BlueprintRecord;
  /** What the client started from; undefined when there never was such a version. */
  readonly base: RevisionRecord | undefined;
  readonly changes: readonly ThreeWayChange[];
  /** The same input with onConflict MERGE would be accepted now. */
  readonly mergeable: boolean;
}

/** What a change of a blueprint may answer instead of success. */
export type BlueprintChangeError =
  NotFoundError | VersionConflict | InvalidBlueprintError | InvalidInputError | NameTakenError;
