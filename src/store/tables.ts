import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import type { RevisionChange } from '../blueprint/records.ts';
import type { ApiKeyId, BlueprintId, ExecutionId, OrchestratorId, TenantId, TokenDenialId } from '../core/ids.ts';
import { bytea, instant, tenant } from './columns.ts';

// The journal itself, `execution_events`, is made by a hand-written migration: drizzle-kit knows no partitions. So are
// the fill factor of `executions` and the view through which tenants read events.

const sha256Hex = (name: string) => varchar(name, { length: 64 });
/** Whole numbers that JavaScript holds exactly. */
const count = (name: string) => bigint(name, { mode: 'number' });

/** Each content once, by its fingerprint; the text is the document as it was first given. */
export const blueprintContents = pgTable(
  'blueprint_contents',
  {
    tenant: tenant(),
    fingerprint: sha256Hex('fingerprint').notNull(),
    document: text('document').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.fingerprint] })],
);

/** One row a blueprint; `version` is what the version lock is held against. */
export const blueprints = pgTable(
  'blueprints',
  {
    id: uuid('id').$type<BlueprintId>().primaryKey(),
    tenant: tenant(),
    name: varchar('name', { length: 128 }).notNull(),
    version: integer('version').notNull(),
    fingerprint: sha256Hex('fingerprint').notNull(),
    publishedVersion: integer('published_version'),
    publishedFingerprint: sha256Hex('published_fingerprint'),
    archivedAt: instant('archived_at'),
    deletedAt: instant('deleted_at'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    unique('blueprints_tenant_id').on(table.tenant, table.id),
    uniqueIndex('blueprints_tenant_name')
      .on(table.tenant, table.name)
      .where(sql`deleted_at is null`),
    foreignKey({
      name: 'blueprints_content',
      columns: [table.tenant, table.fingerprint],
      foreignColumns: [blueprintContents.tenant, blueprintContents.fingerprint],
    }),
    foreignKey({
      name: 'blueprints_published_content',
      columns: [table.tenant, table.publishedFingerprint],
      foreignColumns: [blueprintContents.tenant, blueprintContents.fingerprint],
    }),
  ],
);

/** What each version of a blueprint was; never changed. */
export const blueprintRevisions = pgTable(
  'blueprint_revisions',
  {
    tenant: tenant(),
    blueprintId: uuid('blueprint_id').$type<BlueprintId>().notNull(),
    version: integer('version').notNull(),
    name: varchar('name', { length: 128 }).notNull(),
    fingerprint: sha256Hex('fingerprint').notNull(),
    change: varchar('change', { length: 32 }).$type<RevisionChange>().notNull(),
    createdAt: instant('created_at').notNull(),
    createdBy: varchar('created_by', { length: 256 }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.blueprintId, table.version] }),
    foreignKey({
      name: 'blueprint_revisions_blueprint',
      columns: [table.tenant, table.blueprintId],
      foreignColumns: [blueprints.tenant, blueprints.id],
    }),
    foreignKey({
      name: 'blueprint_revisions_content',
      columns: [table.tenant, table.fingerprint],
      foreignColumns: [blueprintContents.tenant, blueprintContents.fingerprint],
    }),
  ],
);

/** Canvas positions, outside version and fingerprint. */
export const blueprintLayouts = pgTable(
  'blueprint_layouts',
  {
    tenant: tenant(),
    blueprintId: uuid('blueprint_id').$type<BlueprintId>().notNull(),
    layout: text('layout').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.blueprintId] }),
    foreignKey({
      name: 'blueprint_layouts_blueprint',
      columns: [table.tenant, table.blueprintId],
      foreignColumns: [blueprints.tenant, blueprints.id],
    }),
    check('blueprint_layouts_bounded', sql`octet_length(${table.layout}) <= 1048576`),
  ],
);

/**
 * One row an execution. Truth are status, lease, last sequence and instant, due, format, root and idempotency; the
 * rest is a projection for lists. No normal append touches an indexed column, so that its update stays in the page.
 */
export const executions = pgTable(
  'executions',
  {
    id: uuid('id').$type<ExecutionId>().primaryKey(),
    tenant: tenant(),
    rootExecutionId: uuid('root_execution_id').$type<ExecutionId>().notNull(),
    blueprintId: uuid('blueprint_id').$type<BlueprintId>().notNull(),
    leaseOwner: uuid('lease_owner').$type<OrchestratorId>(),
    leaseToken: count('lease_token').notNull(),
    /** Instant of the last event, milliseconds since 1970; when finished, the end. */
    lastAt: count('last_at').notNull(),
    requestedAt: instant('requested_at').notNull(),
    dueAt: instant('due_at'),
    cancelRequestedAt: instant('cancel_requested_at'),
    cpuMs: doublePrecision('cpu_ms').notNull(),
    wallMs: doublePrecision('wall_ms').notNull(),
    peakMemoryBytes: doublePrecision('peak_memory_bytes').notNull(),
    inputTokens: count('input_tokens').notNull().default(0),
    outputTokens: count('output_tokens').notNull().default(0),
    costUsdMicros: bigint('cost_usd_micros', { mode: 'bigint' })
      .notNull()
      .default(sql`0`),
    blueprintVersion: integer('blueprint_version').notNull(),
    lastSequence: integer('last_sequence').notNull(),
    doneCount: integer('done_count').notNull(),
    totalCount: integer('total_count').notNull(),
    status: smallint('status').notNull(),
    eventFormat: smallint('event_format').notNull(),
    idempotencyKey: varchar('idempotency_key', { length: 256 }),
    idempotencyHash: sha256Hex('idempotency_hash'),
  },
  (table) => [
    // Lists read each status along its index, which changes twice in an execution's life, and merge.
    index('executions_tenant_status').on(table.tenant, table.status, table.id),
    index('executions_tenant_blueprint').on(table.tenant, table.blueprintId, table.status, table.id),
    uniqueIndex('executions_idempotency')
      .on(table.tenant, table.idempotencyKey)
      .where(sql`idempotency_key is not null`),
    index('executions_due')
      .on(table.dueAt)
      .where(sql`lease_owner is null and due_at is not null`),
    index('executions_lease_owner')
      .on(table.leaseOwner, table.dueAt)
      .where(sql`lease_owner is not null`),
    foreignKey({
      name: 'executions_revision',
      columns: [table.tenant, table.blueprintId, table.blueprintVersion],
      foreignColumns: [blueprintRevisions.tenant, blueprintRevisions.blueprintId, blueprintRevisions.version],
    }),
  ],
);

/** One row a start of a process; leases live as long as it is renewed. */
export const orchestrators = pgTable('orchestrators', {
  id: uuid('id').$type<OrchestratorId>().primaryKey(),
  expiresAt: instant('expires_at').notNull(),
});

/** Values that are too large for an event. */
export const artifacts = pgTable(
  'artifacts',
  {
    tenant: tenant(),
    digest: sha256Hex('digest').notNull(),
    bytes: bytea('bytes').notNull(),
    /** Put last, to the hour: what no event names may be swept a day later. */
    putAt: instant('put_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.digest] }),
    check('artifacts_bounded', sql`octet_length(${table.bytes}) <= 16777216`),
  ],
);

/** API keys; the secret is kept as its hash. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid('id').$type<ApiKeyId>().primaryKey(),
    tenant: tenant(),
    name: varchar('name', { length: 128 }).notNull(),
    secretHash: bytea('secret_hash').notNull(),
    scopes: varchar('scopes', { length: 64 }).array().notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    /** From then on it is void. Lies ahead for a key that was rotated with an overlap. */
    revokedAt: instant('revoked_at'),
    usedAt: instant('used_at'),
  },
  (table) => [index('api_keys_tenant').on(table.tenant, table.id)],
);

/** Tokens that are not taken any more. */
export const tokenDenials = pgTable(
  'token_denials',
  {
    id: uuid('id').$type<TokenDenialId>().primaryKey(),
    tenant: tenant(),
    kind: varchar('kind', { length: 8 }).$type<'jti' | 'sub'>().notNull(),
    value: varchar('value', { length: 256 }).notNull(),
    deniedAt: instant('denied_at').notNull(),
    deniedBy: varchar('denied_by', { length: 256 }).notNull(),
    expiresAt: instant('expires_at'),
  },
  (table) => [
    unique('token_denials_value').on(table.tenant, table.kind, table.value),
    index('token_denials_tenant').on(table.tenant, table.id),
  ],
);

/** Rights to follow one execution, for a moment; the text is kept as its hash. */
export const streamTickets = pgTable(
  'stream_tickets',
  {
    secretHash: bytea('secret_hash').primaryKey(),
    tenant: tenant(),
    executionId: uuid('execution_id').$type<ExecutionId>().notNull(),
    subject: varchar('subject', { length: 256 }).notNull(),
    credential: varchar('credential', { length: 4096 }).notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('stream_tickets_tenant').on(table.tenant, table.expiresAt)],
);

/** What each tenant lets its nodes reach; no row: nothing. `version` is what the version lock is held against. */
export const tenantPolicies = pgTable(
  'tenant_policies',
  {
    tenant: uuid('tenant').$type<TenantId>().primaryKey(),
    version: integer('version').notNull(),
    policy: text('policy').notNull(),
    updatedAt: instant('updated_at').notNull(),
    updatedBy: varchar('updated_by', { length: 256 }).notNull(),
  },
  (table) => [check('tenant_policies_bounded', sql`octet_length(${table.policy}) <= 2097152`)],
);

/** What viewers have asked for in their window of time; rate-limiter-flexible reads and writes it. Not logged: it may be lost. */
export const rateLimits = pgTable('rate_limits', {
  key: varchar('key', { length: 512 }).primaryKey(),
  points: integer('points').notNull().default(0),
  /** Milliseconds since 1970. */
  expire: bigint('expire', { mode: 'number' }),
});
