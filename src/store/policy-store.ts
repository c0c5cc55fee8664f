import { canonicalPolicy, EMPTY_POLICY, TenantPolicy, type PolicyRecord } from '../blueprint/tenant-policy.ts';
import type { AuditEntry } from '../core/audit.ts';
import type { TenantId } from '../core/ids.ts';
import { auditedWhere, auditValue } from './audit-rows.ts';
import type { Database } from './database.ts';

export type PolicyChangeAnswer =
  | { readonly type: 'written'; readonly record: PolicyRecord }
  | { readonly type: 'stale'; readonly record: PolicyRecord };

/** What each tenant lets its nodes reach. */
export interface PolicyStore {
  /** Version 0, which allows nothing, for a tenant that never had one. */
  get(tenant: TenantId): Promise<PolicyRecord>;
  /** Checks the version and writes in one statement. */
  change(request: {
    readonly tenant: TenantId;
    readonly expectedVersion: number;
    readonly policy: TenantPolicy;
    readonly at: number;
    readonly by: string;
    readonly audit?: AuditEntry | undefined;
  }): Promise<PolicyChangeAnswer>;
}

interface PolicyRow {
  readonly tenant: TenantId;
  readonly version: number;
  readonly policy: string;
  readonly updated_at: Date;
  readonly updated_by: string;
}

const COLUMNS = 'tenant, version, policy, updated_at, updated_by';

// No row is version 0: it is inserted for that alone, and two who insert at once are one winner and one who is stale.
const CHANGE = `with changed as (
    update tenant_policies set version = version + 1, policy = $3, updated_at = $4, updated_by = $5
    where tenant = $1 and version = $2 returning ${COLUMNS}),
  made as (
    insert into tenant_policies (${COLUMNS}) select $1::uuid, 1, $3::text, $4::timestamptz, $5::text where $2::int = 0
    on conflict do nothing returning ${COLUMNS}),
  written as (select * from changed union all select * from made),
  ${auditedWhere('$6', 'written')}
  select * from written`;

/** Policies on the database. */
export function createPolicyStore({ database }: { readonly database: Pick<Database, 'of'> }): PolicyStore {
  const get: PolicyStore['get'] = async (tenant) => {
    const { rows } = await database.of(tenant).query<PolicyRow>({
      name: 'iceos_get_policy',
      text: `select ${COLUMNS} from tenant_policies where tenant = $1`,
      values: [tenant],
    });
    const [row] = rows;
    if (row !== undefined) return toRecord(row);
    return { tenant, version: 0, policy: EMPTY_POLICY, updatedAt: undefined, updatedBy: undefined };
  };
  return {
    get,
    async change({ tenant, expectedVersion, policy, at, by, audit }) {
      for (;;) {
        const text = JSON.stringify(canonicalPolicy(policy));
        const values = [tenant, expectedVersion, text, new Date(at), by, auditValue(audit)];
        const { rows } = await database
          .of(tenant)
          .query<PolicyRow>({ name: 'iceos_change_policy', text: CHANGE, values });
        const [row] = rows;
        if (row !== undefined) return { type: 'written', record: toRecord(row) };
        const record = await get(tenant);
        // A version that came to be between the two statements is asked for again.
        if (record.version !== expectedVersion) return { type: 'stale', record };
      }
    },
  };
}

const toRecord = (row: PolicyRow): PolicyRecord => ({
  tenant: row.tenant,
  version: row.version,
  policy: TenantPolicy.parse(JSON.parse(row.policy)),
  updatedAt: row.updated_at.getTime(),
  updatedBy: row.updated_by,
});
