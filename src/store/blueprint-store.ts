import type { Blueprint } from '../blueprint/blueprint.ts';
import type { BlueprintRecord, RevisionChange, RevisionRecord } from '../blueprint/records.ts';
import type { BlueprintId, TenantId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Page, PageArguments } from './page.ts';

/** What a change sets; what is absent stays. `undefined` inside clears a column. */
export interface BlueprintChange {
  readonly name?: string;
  readonly content?: { readonly fingerprint: string; readonly document: Blueprint };
  readonly published?: { readonly version: number; readonly fingerprint: string };
  readonly archivedAt?: number | undefined;
  readonly deletedAt?: number | undefined;
}

export type ChangeAnswer =
  | { readonly type: 'written'; readonly record: BlueprintRecord }
  | { readonly type: 'stale'; readonly record: BlueprintRecord }
  | { readonly type: 'nameTaken' }
  | { readonly type: 'notFound' };

/** Blueprints, their revisions and contents. Every call names the tenant; another tenant's rows do not exist for it. */
export interface BlueprintStore {
  insert(row: {
    readonly id: BlueprintId;
    readonly tenant: TenantId;
    readonly document: Blueprint;
    readonly fingerprint: string;
    readonly at: number;
    readonly by: string;
  }): Promise<{ readonly type: 'written'; readonly record: BlueprintRecord } | { readonly type: 'nameTaken' }>;
  /** Checks the version and writes row, content and revision in one statement. */
  change(request: {
    readonly tenant: TenantId;
    readonly id: BlueprintId;
    readonly expectedVersion: number;
    readonly set: BlueprintChange;
    readonly change: RevisionChange;
    readonly at: number;
    readonly by: string;
  }): Promise<ChangeAnswer>;
  /** In the order of `ids`; undefined where there is none. Deleted ones are included (tombstones). */
  getMany(tenant: TenantId, ids: readonly BlueprintId[]): Promise<readonly (BlueprintRecord | undefined)[]>;
  /** The one that is not deleted. */
  findByName(tenant: TenantId, name: string): Promise<BlueprintRecord | undefined>;
  /** By name. Archived ones only when asked for; deleted ones never. */
  list(
    tenant: TenantId,
    filter: { readonly archived: boolean; readonly nameContains?: string | undefined },
    page: PageArguments<string>,
  ): Promise<Page<BlueprintRecord>>;
  getRevisions(
    tenant: TenantId,
    keys: readonly { readonly id: BlueprintId; readonly version: number }[],
  ): Promise<readonly (RevisionRecord | undefined)[]>;
  /** Newest first; the key is a version. */
  listRevisions(tenant: TenantId, id: BlueprintId, page: PageArguments<number>): Promise<Page<RevisionRecord>>;
  getContents(tenant: TenantId, fingerprints: readonly string[]): Promise<readonly (Blueprint | undefined)[]>;
  /** Canvas positions: last write wins, outside version and fingerprint. */
  getLayout(tenant: TenantId, id: BlueprintId): Promise<Json | undefined>;
  setLayout(tenant: TenantId, id: BlueprintId, layout: Json, at: number): Promise<boolean>;
}
