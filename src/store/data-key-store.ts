import { and, asc, count, eq, gt, ne, notExists, sql } from 'drizzle-orm';
import type { AuditEntry } from '../core/audit.ts';
import type { Sealed } from '../core/envelope.ts';
import type { TenantId } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import type { SecretPlace, WrappedDataKey } from '../core/secret-vault.ts';
import { toAuditRow } from './audit-rows.ts';
import { auditLog } from './audit-tables.ts';
import {
  dataKeysOf,
  insertDataKey,
  lockSecretsOf,
  toDataKey,
  toWrappedColumns,
  type Statements,
} from './data-key-rows.ts';
import type { Database } from './database.ts';
import { secrets, tenantDataKeys } from './secret-tables.ts';

/** What one step of a rotation did; `last` is where the next one goes on, undefined when there was nothing more. */
export interface RotationStep {
  readonly last: string | undefined;
  readonly done: number;
  /** What did not open, a sentence each. */
  readonly faults: readonly string[];
}

/** The wrapped data keys of all tenants, for the server's own commands. */
export interface DataKeyStore {
  /** The master keys that are needed to open what is there, with how many tenants' data keys each has wrapped. */
  masterKeysInUse(): Promise<readonly { readonly id: string; readonly tenants: number }[]>;
  /** How many data keys another master key has wrapped. */
  countOtherThan(masterKeyId: string): Promise<number>;
  /** Wraps the next data key behind `after` again when another master key has wrapped it: one transaction. */
  rewrapNext(request: {
    readonly masterKeyId: string;
    readonly after: string | undefined;
    readonly at: number;
    readonly audit: (dataKey: WrappedDataKey) => AuditEntry;
    readonly rewrap: (dataKey: WrappedDataKey) => Result<WrappedDataKey, string>;
  }): Promise<RotationStep>;
  /** Gives a tenant a new data key, unless an earlier one is still being replaced. Undefined: it has no secrets. */
  beginRotation(request: {
    readonly newDataKey: WrappedDataKey;
    readonly at: number;
    readonly audit: AuditEntry;
  }): Promise<'begun' | 'continued' | undefined>;
  /** Seals the next secrets behind `after` again with the newest data key; in the end, earlier keys go that seal nothing. */
  resealNext(request: {
    readonly tenant: TenantId;
    readonly after: string | undefined;
    readonly limit: number;
    readonly reseal: (secret: Resealable) => Result<Sealed, string>;
  }): Promise<RotationStep>;
}

/** A secret that changes its data key and nothing else. */
export interface Resealable {
  readonly place: SecretPlace;
  readonly sealed: Sealed;
  readonly from: WrappedDataKey;
  readonly to: WrappedDataKey;
}

const NOTHING: RotationStep = { last: undefined, done: 0, faults: [] };

export function createDataKeyStore({ database }: { readonly database: Pick<Database, 'use'> }): DataKeyStore {
  const { use } = database;
  return {
    async masterKeysInUse() {
      const { masterKeyId } = tenantDataKeys;
      const tenants = sql<number>`count(distinct ${tenantDataKeys.tenant})::int`;
      const rows = await use((tables) =>
        tables.select({ id: masterKeyId, tenants }).from(tenantDataKeys).groupBy(masterKeyId).orderBy(masterKeyId),
      );
      return rows;
    },
    async countOtherThan(masterKeyId) {
      const other = ne(tenantDataKeys.masterKeyId, masterKeyId);
      const rows = await use((tables) => tables.select({ left: count() }).from(tenantDataKeys).where(other));
      return rows[0]?.left ?? 0;
    },
    rewrapNext: ({ masterKeyId, after, at, audit, rewrap }) =>
      use((tables) =>
        tables.transaction(async (transaction) => {
          const behind = after === undefined ? undefined : gt(tenantDataKeys.id, after);
          const other = and(ne(tenantDataKeys.masterKeyId, masterKeyId), behind);
          const { id } = tenantDataKeys;
          const next = transaction.select().from(tenantDataKeys).where(other).orderBy(asc(id)).limit(1);
          // A second rotation waits here, and finds that row done; its next step goes on behind it.
          const [row] = await next.for('update');
          if (row === undefined) return NOTHING;
          const dataKey = toDataKey(row);
          const wrapped = rewrap(dataKey);
          if (!wrapped.ok) return { last: row.id, done: 0, faults: [faultOf(row.tenant, wrapped.error)] };
          await transaction.update(tenantDataKeys).set(toWrappedColumns(wrapped.value, at)).where(eq(id, row.id));
          await transaction.insert(auditLog).values(toAuditRow(audit(dataKey)));
          return { last: row.id, done: 1, faults: [] };
        }),
      ),
    beginRotation: ({ newDataKey, at, audit }) =>
      use((tables) =>
        tables.transaction(async (transaction) => {
          await lockSecretsOf(transaction, newDataKey.tenant);
          const [newest, earlier] = await dataKeysOf(transaction, newDataKey.tenant);
          if (newest === undefined) return undefined;
          if (earlier !== undefined) return 'continued';
          await insertDataKey(transaction, newDataKey, { number: newest.number + 1, at });
          await transaction.insert(auditLog).values(toAuditRow(audit));
          return 'begun';
        }),
      ),
    resealNext: (request) => use((tables) => tables.transaction((transaction) => resealNext(transaction, request))),
  };
}

async function resealNext(
  transaction: Statements,
  { tenant, after, limit, reseal }: Parameters<DataKeyStore['resealNext']>[0],
): Promise<RotationStep> {
  await lockSecretsOf(transaction, tenant);
  const [newest, ...earlier] = await dataKeysOf(transaction, tenant);
  if (newest === undefined) return NOTHING;
  const behind = after === undefined ? undefined : gt(secrets.name, after);
  const ours = and(eq(secrets.tenant, tenant), ne(secrets.dataKeyId, newest.id), behind);
  const rows = await transaction.select().from(secrets).where(ours).orderBy(asc(secrets.name)).limit(limit);
  const faults: string[] = [];
  for (const { name, version, nonce, ciphertext, dataKeyId } of rows) {
    const from = earlier.find(({ id }) => id === dataKeyId);
    // The foreign key keeps each in its place.
    if (from === undefined) throw new Error(`The secret "${name}" has no data key.`);
    const place = { tenant, name, version };
    const sealed = reseal({ place, sealed: { nonce, ciphertext }, from: toDataKey(from), to: toDataKey(newest) });
    if (!sealed.ok) faults.push(faultOf(tenant, sealed.error, name));
    else {
      const one = and(eq(secrets.tenant, tenant), eq(secrets.name, name));
      await transaction
        .update(secrets)
        .set({ dataKeyId: newest.id, ...sealed.value })
        .where(one);
    }
  }
  if (rows.length < limit) await dropUnused(transaction, tenant, newest.id);
  return { last: rows.length < limit ? undefined : rows.at(-1)?.name, done: rows.length - faults.length, faults };
}

/** Earlier keys that seal nothing any more. */
async function dropUnused(transaction: Statements, tenant: TenantId, newest: string): Promise<void> {
  const user = and(eq(secrets.tenant, tenant), eq(secrets.dataKeyId, tenantDataKeys.id));
  const users = transaction.select({ name: secrets.name }).from(secrets).where(user);
  const ours = and(eq(tenantDataKeys.tenant, tenant), ne(tenantDataKeys.id, newest));
  await transaction.delete(tenantDataKeys).where(and(ours, notExists(users)));
}

const faultOf = (tenant: TenantId, fault: string, name?: string): string =>
  `Tenant ${tenant}, ${name === undefined ? 'its data key' : `the secret "${name}"`}: ${fault}`;
