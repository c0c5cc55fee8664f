import { desc, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { TenantId } from '../core/ids.ts';
import type { WrappedDataKey } from '../core/secret-vault.ts';
import { tenantDataKeys } from './secret-tables.ts';

/** Whatever runs statements: a transaction of drizzle, too. */
export type Statements = Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;
export type DataKeyRow = typeof tenantDataKeys.$inferSelect;

export const toDataKey = ({ id, tenant, masterKeyId, nonce, wrapped }: DataKeyRow): WrappedDataKey => ({
  id,
  tenant,
  masterKeyId,
  wrapped: { nonce, ciphertext: wrapped },
});

type WrappedColumns = Pick<DataKeyRow, 'masterKeyId' | 'nonce' | 'wrapped' | 'wrappedAt'>;

export const toWrappedColumns = ({ masterKeyId, wrapped }: WrappedDataKey, at: number): WrappedColumns => ({
  masterKeyId,
  nonce: wrapped.nonce,
  wrapped: wrapped.ciphertext,
  wrappedAt: new Date(at),
});

/**
 * Of one tenant one secret or data key changes at a time, so that counts are exact and no key goes that is just being
 * used; nobody else waits. Until the transaction ends.
 */
export async function lockSecretsOf(statements: Statements, tenant: TenantId): Promise<void> {
  await statements.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`secrets ${tenant}`}, 0))`);
}

/** The data keys of a tenant, the one that seals first. */
export const dataKeysOf = (statements: Statements, tenant: TenantId): Promise<DataKeyRow[]> =>
  statements
    .select()
    .from(tenantDataKeys)
    .where(eq(tenantDataKeys.tenant, tenant))
    .orderBy(desc(tenantDataKeys.number));

/** Adds a data key, which seals from now on. */
export async function insertDataKey(
  statements: Statements,
  dataKey: WrappedDataKey,
  { number, at }: { readonly number: number; readonly at: number },
): Promise<void> {
  const { id, tenant } = dataKey;
  await statements
    .insert(tenantDataKeys)
    .values({ id, tenant, number, ...toWrappedColumns(dataKey, at), createdAt: new Date(at) });
}
