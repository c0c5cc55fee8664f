import type { Blueprint } from '../blueprint/blueprint.ts';
import type { BlueprintRecord, RevisionChange, RevisionRecord } from '../blueprint/records.ts';
import type { AuditEntry } from '../core/audit.ts';
import type { BlueprintId, TenantId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { auditedWhere, auditValue } from './audit-rows.ts';
import { createBlueprintReads } from './blueprint-reads.ts';
import { BLUEPRINT_COLUMNS, toBlueprintRecord, type BlueprintRow } from './blueprint-rows.ts';
import type { Database } from './database.ts';
import type { Page, PageArguments } from './page.ts';
import { sqlState } from './unavailable.ts';

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
    readonly audit?: AuditEntry | undefined;
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
    readonly audit?: AuditEntry | undefined;
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
  /** As first given under that fingerprint, which leaves the name out: the name of a blueprint stands in its records. */
  getContents(tenant: TenantId, fingerprints: readonly string[]): Promise<readonly (Blueprint | undefined)[]>;
  /** Canvas positions: last write wins, outside version and fingerprint. */
  getLayout(tenant: TenantId, id: BlueprintId): Promise<Json | undefined>;
  setLayout(layout: {
    readonly tenant: TenantId;
    readonly id: BlueprintId;
    readonly layout: Json;
    readonly at: number;
    readonly audit?: AuditEntry | undefined;
  }): Promise<boolean>;
}

/** Blueprints on the database. */
export function createBlueprintStore({ database }: { readonly database: Pick<Database, 'of'> }): BlueprintStore {
  const reads = createBlueprintReads(database);
  return {
    ...reads,
    async insert({ id, tenant, document, fingerprint, at, by, audit }) {
      const { rows } = await database.of(tenant).query<BlueprintRow>({
        name: 'iceos_insert_blueprint',
        text: INSERT,
        values: [id, tenant, document.name, fingerprint, new Date(at), JSON.stringify(document), by, auditValue(audit)],
      });
      const [row] = rows;
      return row ? { type: 'written', record: toBlueprintRecord(row) } : { type: 'nameTaken' };
    },
    change: (request) => changeBlueprint(database, reads, request),
    async setLayout({ tenant, id, layout, at, audit }) {
      const { rows } = await database.of(tenant).query<{ readonly kept: boolean }>({
        name: 'iceos_set_layout',
        text: SET_LAYOUT,
        values: [tenant, id, JSON.stringify(layout), new Date(at), auditValue(audit)],
      });
      return rows[0]?.kept === true;
    },
  };
}

// Nothing is stored when the name is taken: content and revision come from the row that was inserted.
const INSERT = `with b as (
    insert into blueprints (id, tenant, name, version, fingerprint, created_at, updated_at)
    values ($1, $2, $3, 1, $4, $5, $5) on conflict do nothing returning *),
  c as (
    insert into blueprint_contents (tenant, fingerprint, document, created_at)
    select tenant, fingerprint, $6, created_at from b on conflict do nothing),
  r as (
    insert into blueprint_revisions (tenant, blueprint_id, version, name, fingerprint, change, created_at, created_by)
    select tenant, id, version, name, fingerprint, 'created', created_at, $7 from b),
  ${auditedWhere('$8', 'b')}
  select ${BLUEPRINT_COLUMNS} from b`;

// What is as it was is not written again.
const SET_LAYOUT = `with b as (select tenant, id from blueprints where tenant = $1 and id = $2),
  l as (
    insert into blueprint_layouts as k (tenant, blueprint_id, layout, updated_at) select b.tenant, b.id, $3, $4 from b
    on conflict (tenant, blueprint_id) do update set layout = excluded.layout, updated_at = excluded.updated_at
    where k.layout <> excluded.layout returning 1),
  ${auditedWhere('$5', 'l')}
  select exists (select from b) as kept`;

/** The version lock: whether the version is still the expected one is checked by the statement that writes. */
const CHANGE = `with b as (
    update blueprints set
      version = version + 1, updated_at = $4,
      name = coalesce($5, name), fingerprint = coalesce($6, fingerprint),
      published_version = coalesce($7, published_version), published_fingerprint = coalesce($8, published_fingerprint),
      archived_at = case when $9 then $10 else archived_at end,
      deleted_at = case when $11 then $12 else deleted_at end
    where id = $1 and tenant = $2 and version = $3
    returning *),
  c as (
    insert into blueprint_contents (tenant, fingerprint, document, created_at)
    select tenant, fingerprint, $13, updated_at from b where $13::text is not null on conflict do nothing),
  r as (
    insert into blueprint_revisions (tenant, blueprint_id, version, name, fingerprint, change, created_at, created_by)
    select tenant, id, version, name, fingerprint, $14, updated_at, $15 from b),
  ${auditedWhere('$16', 'b')}
  select ${BLUEPRINT_COLUMNS} from b`;

const UNIQUE_VIOLATION = '23505';

type ChangeRequest = Parameters<BlueprintStore['change']>[0];

async function changeBlueprint(
  { of }: Pick<Database, 'of'>,
  reads: Pick<BlueprintStore, 'getMany'>,
  request: ChangeRequest,
): Promise<ChangeAnswer> {
  const { tenant, id, expectedVersion } = request;
  for (;;) {
    try {
      const values = changeValues(request);
      const { rows } = await of(tenant).query<BlueprintRow>({ name: 'iceos_change_blueprint', text: CHANGE, values });
      const [row] = rows;
      if (row) return { type: 'written', record: toBlueprintRecord(row) };
    } catch (error) {
      // The only unique constraint that a change can meet is that of the name.
      if (sqlState(error) === UNIQUE_VIOLATION) return { type: 'nameTaken' };
      throw error;
    }
    const [record] = await reads.getMany(tenant, [id]);
    if (!record) return { type: 'notFound' };
    // A version that came to be between the two statements is asked for again.
    if (record.version !== expectedVersion) return { type: 'stale', record };
  }
}

function changeValues({ tenant, id, expectedVersion, set, change, at, by, audit }: ChangeRequest): unknown[] {
  const { name, content, published } = set;
  return [
    id,
    tenant,
    expectedVersion,
    new Date(at),
    name ?? null,
    content?.fingerprint ?? null,
    published?.version ?? null,
    published?.fingerprint ?? null,
    'archivedAt' in set,
    set.archivedAt === undefined ? null : new Date(set.archivedAt),
    'deletedAt' in set,
    set.deletedAt === undefined ? null : new Date(set.deletedAt),
    content ? JSON.stringify(content.document) : null,
    change,
    by,
    auditValue(audit),
  ];
}
