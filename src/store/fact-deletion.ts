import type { CollectionId, TenantId } from '../core/ids.ts';
import { auditedWhere, type AuditOnce } from './audit-rows.ts';
import type { Database } from './database.ts';
import type { OfTenant } from './tenant-query.ts';

/** Facts of one collection that go; their vectors go with them. Each answers with how many went. */
export interface FactDeletion {
  /** All that are too many, the oldest first. */
  evict(tenant: TenantId, collection: CollectionId, max: number): Promise<number>;
  expired(
    tenant: TenantId,
    collection: CollectionId,
    at: { readonly now: Date; readonly signal: AbortSignal | undefined },
  ): Promise<number>;
  about(
    tenant: TenantId,
    collection: CollectionId,
    of: { readonly subject: string; readonly audit: AuditOnce },
  ): Promise<number>;
  all(tenant: TenantId, collection: CollectionId): Promise<number>;
  these(
    tenant: TenantId,
    collection: CollectionId,
    of: { readonly ids: readonly string[]; readonly audit: string | null },
  ): Promise<number>;
}

/** Rows of one statement, so that none holds its locks for long. */
export const DELETE_BATCH = 500;

// Whoever deletes or adds locks the collection first: its count is exact, and no two wait for each other. The facts are locked
// then, so that those which somebody else deleted meanwhile are passed over for others: who finds none is done. As an array
// they are looked for once, and not again when some of them are gone.
const deleteFacts = (which: string, audited?: string): string => `with c as (
    select id, fact_count from memory_collections where tenant = $1 and id = $2 for update),
  gone as (
    delete from memory_facts where tenant = $1 and collection_id = (select id from c) and id = any(array(
      select id from memory_facts where tenant = $1 and collection_id = (select id from c) ${which} for update)) returning 1),
  counted as (
    update memory_collections set fact_count = fact_count - (select count(*) from gone)
    where tenant = $1 and id = $2 and exists (select from gone))${audited === undefined ? '' : `,\n  ${audited}`}
  select count(*)::int4 as deleted from gone`;

const OLDEST = deleteFacts(
  `order by created_at, id limit least(${DELETE_BATCH}, greatest(0, (select fact_count from c) - $3::int4))`,
);
const EXPIRED = deleteFacts(`and expires_at <= $3 limit ${DELETE_BATCH}`);
const SUBJECT = deleteFacts(`and subject = $3 limit ${DELETE_BATCH}`, auditedWhere('$4', 'gone'));
const ALL = deleteFacts(`limit ${DELETE_BATCH}`);
const THESE = deleteFacts('and id = any($3::uuid[])', auditedWhere('$4', 'gone'));

export function createFactDeletion({ of }: Pick<Database, 'of'>): FactDeletion {
  /** The first value is the tenant. */
  async function once(name: string, text: string, values: OfTenant): Promise<number> {
    const { rows } = await of(values[0]).query<{ readonly deleted: number }>({ name, text, values: [...values] });
    return rows[0]?.deleted ?? 0;
  }
  async function untilNone(
    name: string,
    text: string,
    {
      values,
      signal,
      audit,
    }: { readonly values: OfTenant; readonly signal?: AbortSignal | undefined; readonly audit?: AuditOnce },
  ): Promise<number> {
    let total = 0;
    for (;;) {
      signal?.throwIfAborted();
      const deleted = await once(name, text, audit === undefined ? values : [...values, audit.value()]);
      if (deleted === 0) return total;
      audit?.wrote();
      total += deleted;
    }
  }
  return {
    evict: (tenant, collection, max) => untilNone('iceos_evict_facts', OLDEST, { values: [tenant, collection, max] }),
    expired: (tenant, collection, { now, signal }) =>
      untilNone('iceos_purge_facts', EXPIRED, { values: [tenant, collection, now], signal }),
    about: (tenant, collection, { subject, audit }) =>
      untilNone('iceos_forget_facts', SUBJECT, { values: [tenant, collection, subject], audit }),
    all: (tenant, collection) => untilNone('iceos_empty_collection', ALL, { values: [tenant, collection] }),
    these: (tenant, collection, { ids, audit }) => once('iceos_remove_facts', THESE, [tenant, collection, ids, audit]),
  };
}
