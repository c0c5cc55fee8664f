import { bigint, index, integer, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import type { AuditAction, AuditNoun, AuditOutcome, CredentialRef } from '../core/audit.ts';
import type { TenantId } from '../core/ids.ts';
import { instant } from './columns.ts';

/** Who did what, in the order of `id`; only ever added to. A trigger refuses the rest, but whole ranges to the retention. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    tenant: uuid('tenant').$type<TenantId>().notNull(),
    at: instant('at').notNull(),
    subject: varchar('subject', { length: 256 }).notNull(),
    action: varchar('action', { length: 64 }).$type<AuditAction>().notNull(),
    noun: varchar('noun', { length: 64 }).$type<AuditNoun>().notNull(),
    nounId: varchar('noun_id', { length: 256 }),
    outcome: varchar('outcome', { length: 16 }).$type<AuditOutcome>().notNull(),
    fields: text('fields').array().notNull(),
    credentialKind: varchar('credential_kind', { length: 16 }).$type<CredentialRef['kind']>(),
    credentialId: varchar('credential_id', { length: 256 }),
  },
  // One index beside the key: each start of an execution writes a row.
  (table) => [index('audit_log_tenant').on(table.tenant, table.id)],
);

/** The chain of seals over ranges of `audit_log`; a range starts after the last row of the one before. */
export const auditSeals = pgTable('audit_seals', {
  number: integer('number').primaryKey(),
  afterId: bigint('after_id', { mode: 'bigint' }).notNull(),
  lastId: bigint('last_id', { mode: 'bigint' }).notNull(),
  rowCount: integer('row_count').notNull(),
  /** SHA-256 of the rows in their canonical form. */
  digest: varchar('digest', { length: 64 }).notNull(),
  previousSeal: varchar('previous_seal', { length: 64 }).notNull(),
  /** What retention has deleted was sealed then at the latest. */
  previousSealedAt: instant('previous_sealed_at'),
  sealedAt: instant('sealed_at').notNull(),
  /** HMAC-SHA-256 of all columns before. */
  seal: varchar('seal', { length: 64 }).notNull(),
});
