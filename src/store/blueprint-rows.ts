import type { BlueprintRecord, RevisionChange, RevisionRecord } from '../blueprint/records.ts';
import type { BlueprintId, TenantId } from '../core/ids.ts';

/** As the statements give it. */
export interface BlueprintRow {
  readonly id: BlueprintId;
  readonly tenant: TenantId;
  readonly name: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly published_version: number | null;
  readonly published_fingerprint: string | null;
  readonly archived_at: Date | null;
  readonly deleted_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Of a table or part that is called `b`. */
export const BLUEPRINT_COLUMNS = `b.id, b.tenant, b.name, b.version, b.fingerprint, b.published_version,
  b.published_fingerprint, b.archived_at, b.deleted_at, b.created_at, b.updated_at`;

export const toBlueprintRecord = (row: BlueprintRow): BlueprintRecord => ({
  id: row.id,
  tenant: row.tenant,
  name: row.name,
  version: row.version,
  fingerprint: row.fingerprint,
  publishedVersion: row.published_version ?? undefined,
  publishedFingerprint: row.published_fingerprint ?? undefined,
  archivedAt: row.archived_at?.getTime(),
  deletedAt: row.deleted_at?.getTime(),
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
});

/** As the statements give it. */
export interface RevisionRow {
  readonly tenant: TenantId;
  readonly blueprint_id: BlueprintId;
  readonly version: number;
  readonly name: string;
  readonly fingerprint: string;
  readonly change: RevisionChange;
  readonly created_at: Date;
  readonly created_by: string;
}

/** Of a table that is called `r`. */
export const REVISION_COLUMNS =
  'r.tenant, r.blueprint_id, r.version, r.name, r.fingerprint, r.change, r.created_at, r.created_by';

export const toRevisionRecord = (row: RevisionRow): RevisionRecord => ({
  tenant: row.tenant,
  blueprintId: row.blueprint_id,
  version: row.version,
  name: row.name,
  fingerprint: row.fingerprint,
  change: row.change,
  createdAt: row.created_at.getTime(),
  createdBy: row.created_by,
});
