import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, primaryKey, unique, uuid, varchar } from 'drizzle-orm/pg-core';
import { bytea, instant, tenant } from './columns.ts';

/** The keys of the tenants' secrets, wrapped with a master key. The highest number seals; the others are being replaced. */
export const tenantDataKeys = pgTable(
  'tenant_data_keys',
  {
    id: uuid('id').primaryKey(),
    tenant: tenant(),
    number: integer('number').notNull(),
    masterKeyId: varchar('master_key_id', { length: 32 }).notNull(),
    nonce: bytea('nonce').notNull(),
    wrapped: bytea('wrapped').notNull(),
    createdAt: instant('created_at').notNull(),
    wrappedAt: instant('wrapped_at').notNull(),
  },
  (table) => [
    unique('tenant_data_keys_number').on(table.tenant, table.number),
    unique('tenant_data_keys_tenant_id').on(table.tenant, table.id),
    // By it a start finds the master keys that it needs, and a rotation what is left.
    index('tenant_data_keys_master').on(table.masterKeyId, table.id),
  ],
);

/** Secrets of the tenants, sealed; `version` is what the version lock is held against. */
export const secrets = pgTable(
  'secrets',
  {
    tenant: tenant(),
    name: varchar('name', { length: 64 }).notNull(),
    version: integer('version').notNull(),
    dataKeyId: uuid('data_key_id').notNull(),
    nonce: bytea('nonce').notNull(),
    /** Ends with the tag. */
    ciphertext: bytea('ciphertext').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    updatedBy: varchar('updated_by', { length: 256 }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.name] }),
    foreignKey({
      name: 'secrets_data_key',
      columns: [table.tenant, table.dataKeyId],
      foreignColumns: [tenantDataKeys.tenant, tenantDataKeys.id],
    }),
    check('secrets_bounded', sql`octet_length(${table.ciphertext}) <= 65552`),
  ],
);
