import type { AuditRecord } from '../../src/core/audit.ts';
import type { TenantId } from '../../src/core/ids.ts';
import type { TestDatabase } from './database.ts';

/** All entries of a tenant, the oldest first. */
export async function auditOfTenant(
  { stores }: Pick<TestDatabase, 'stores'>,
  tenant: TenantId,
): Promise<readonly AuditRecord[]> {
  const { items } = await stores.audit.list(tenant, {}, { limit: 1_000, direction: 'forward' });
  return [...items].reverse();
}
