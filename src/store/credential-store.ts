import { and, asc, count, desc, eq, gt, inArray, isNull, lt, ne, or, sql, type SQL } from 'drizzle-orm';
import type { AuditEntry } from '../core/audit.ts';
import type { ApiKeyId, TenantId } from '../core/ids.ts';
import { MINUTE_MS } from '../core/units.ts';
import { toAuditRow } from './audit-rows.ts';
import { auditLog } from './audit-tables.ts';
import type { Database } from './database.ts';
import { rowLimit, toPage, type Page, type PageArguments } from './page.ts';
import { apiKeys } from './tables.ts';

export interface ApiKeyRecord {
  readonly id: ApiKeyId;
  readonly tenant: TenantId;
  readonly name: string;
  /** SHA-256 of the secret part. */
  readonly secretHash: Uint8Array;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  /** From then on it is void; lies ahead for a key that was rotated with an overlap. */
  readonly revokedAt: number | undefined;
  /** To the minute. */
  readonly usedAt: number | undefined;
}

export interface InsertApiKeyOptions {
  /** The most keys of the tenant that are valid when this one is made, itself included. */
  readonly maxKeys: number;
  /** The key that this one takes over from, and when that one ends. */
  readonly replaces?: { readonly id: ApiKeyId; readonly endsAt: number } | undefined;
  readonly audit?: AuditEntry | undefined;
}

export interface CredentialStore {
  isEmpty(): Promise<boolean>;
  /** `full`: the tenant has as many as it may; `ended`: the key that it replaces is not valid any more. */
  insertApiKey(record: ApiKeyRecord, options: InsertApiKeyOptions): Promise<'inserted' | 'full' | 'ended'>;
  /** Inserts unless there is a key by now: of many first starts at once one is true. */
  insertFirstApiKey(record: ApiKeyRecord, audit?: AuditEntry): Promise<boolean>;
  /** Whoever's it is: for who asks with it. */
  getApiKey(id: ApiKeyId): Promise<ApiKeyRecord | undefined>;
  getApiKeys(tenant: TenantId, ids: readonly ApiKeyId[]): Promise<readonly (ApiKeyRecord | undefined)[]>;
  /** Newest first. */
  listApiKeys(tenant: TenantId, page: PageArguments<ApiKeyId>): Promise<Page<ApiKeyRecord>>;
  /** Void from `at` on, or since earlier; undefined when the tenant has no such key. */
  revokeApiKey(key: {
    readonly tenant: TenantId;
    readonly id: ApiKeyId;
    readonly at: number;
    readonly audit?: AuditEntry | undefined;
  }): Promise<ApiKeyRecord | undefined>;
  /** At most once a minute for each key. */
  markUsed(id: ApiKeyId, at: number): Promise<void>;
}

/** API keys on the database. */
export function createCredentialStore({
  database,
}: {
  readonly database: Pick<Database, 'across' | 'of'>;
}): CredentialStore {
  const { across, of } = database;
  return {
    ...createReads(database),
    insertApiKey: (record, options) => insertCounted(of(record.tenant).use, record, options),
    insertFirstApiKey: (record, audit) =>
      across('makeFirstApiKey').use((tables) =>
        tables.transaction(async (transaction) => {
          // Others read meanwhile, but nobody else inserts: a condition alone would let two through.
          await transaction.execute(sql`lock table ${apiKeys} in share row exclusive mode`);
          const there = await transaction.select({ id: apiKeys.id }).from(apiKeys).limit(1);
          if (there.length > 0) return false;
          await transaction.insert(apiKeys).values(toRow(record));
          if (audit) await transaction.insert(auditLog).values(toAuditRow(audit));
          return true;
        }),
      ),
    revokeApiKey: (key) => revoke(of(key.tenant).use, key),
    async markUsed(id, at) {
      const notLately = or(isNull(apiKeys.usedAt), lt(apiKeys.usedAt, new Date(at - MINUTE_MS)));
      await across('markApiKeyUsed').use((tables) =>
        tables
          .update(apiKeys)
          .set({ usedAt: new Date(at) })
          .where(and(eq(apiKeys.id, id), notLately)),
      );
    },
  };
}

type Reads = Pick<CredentialStore, 'isEmpty' | 'getApiKey' | 'getApiKeys' | 'listApiKeys'>;

const createReads = ({ across, of }: Pick<Database, 'across' | 'of'>): Reads => ({
  async isEmpty() {
    const rows = await across('makeFirstApiKey').use((tables) =>
      tables.select({ id: apiKeys.id }).from(apiKeys).limit(1),
    );
    return rows.length === 0;
  },
  async getApiKey(id) {
    const rows = await across('findApiKey').use((tables) => tables.select().from(apiKeys).where(eq(apiKeys.id, id)));
    return rows.map(toRecord)[0];
  },
  async getApiKeys(tenant, ids) {
    const ours = and(eq(apiKeys.tenant, tenant), inArray(apiKeys.id, [...ids]));
    const rows = await of(tenant).use((tables) => tables.select().from(apiKeys).where(ours));
    const records = new Map(rows.map((row) => [row.id, toRecord(row)]));
    return ids.map((id) => records.get(id));
  },
  async listApiKeys(tenant, page) {
    const { id } = apiKeys;
    const after = page.after === undefined ? undefined : lt(id, page.after);
    const before = page.before === undefined ? undefined : gt(id, page.before);
    const order = page.direction === 'forward' ? desc(id) : asc(id);
    const ours = and(eq(apiKeys.tenant, tenant), after, before);
    const rows = await of(tenant).use((tables) =>
      tables.select().from(apiKeys).where(ours).orderBy(order).limit(rowLimit(page)),
    );
    return toPage(rows.map(toRecord), page);
  },
});

function insertCounted(
  use: Database['use'],
  record: ApiKeyRecord,
  { maxKeys, replaces, audit }: InsertApiKeyOptions,
): Promise<'inserted' | 'full' | 'ended'> {
  const { tenant, createdAt: now } = record;
  const isValid = and(
    eq(apiKeys.tenant, tenant),
    or(isNull(apiKeys.revokedAt), gt(apiKeys.revokedAt, new Date(now))),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, new Date(now))),
  );
  return use((tables) =>
    tables.transaction(async (transaction) => {
      // Of one tenant one key is made at a time, so that the count is exact; nobody else waits.
      await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`api_keys ${tenant}`}, 0))`);
      const endsNow = replaces !== undefined && replaces.endsAt <= now ? ne(apiKeys.id, replaces.id) : undefined;
      const [counted] = await transaction.select({ keys: count() }).from(apiKeys).where(and(isValid, endsNow));
      if ((counted?.keys ?? 0) >= maxKeys) return 'full';
      if (replaces !== undefined) {
        const replaced = and(isValid, eq(apiKeys.id, replaces.id));
        const ended = transaction.update(apiKeys).set(endAt(replaces.endsAt)).where(replaced);
        if ((await ended.returning({ id: apiKeys.id })).length === 0) return 'ended';
      }
      await transaction.insert(apiKeys).values(toRow(record));
      if (audit) await transaction.insert(auditLog).values(toAuditRow(audit));
      return 'inserted';
    }),
  );
}

function revoke(
  use: Database['use'],
  { tenant, id, at, audit }: Parameters<CredentialStore['revokeApiKey']>[0],
): Promise<ApiKeyRecord | undefined> {
  const ours = and(eq(apiKeys.tenant, tenant), eq(apiKeys.id, id));
  const lives = or(isNull(apiKeys.revokedAt), gt(apiKeys.revokedAt, new Date(at)));
  return use((tables) =>
    tables.transaction(async (transaction) => {
      const ended = await transaction.update(apiKeys).set(endAt(at)).where(and(ours, lives)).returning();
      if (ended.length > 0 && audit) await transaction.insert(auditLog).values(toAuditRow(audit));
      const rows = ended.length > 0 ? ended : await transaction.select().from(apiKeys).where(ours);
      return rows.map(toRecord)[0];
    }),
  );
}

/** The first end counts: a key that ends already does not live longer by another end. */
const endAt = (at: number): { readonly revokedAt: SQL } => ({
  revokedAt: sql`least(${apiKeys.revokedAt}, ${new Date(at).toISOString()}::timestamptz)`,
});

const toRecord = ({ createdAt, expiresAt, revokedAt, usedAt, ...rest }: typeof apiKeys.$inferSelect): ApiKeyRecord => ({
  ...rest,
  createdAt: createdAt.getTime(),
  expiresAt: expiresAt?.getTime(),
  revokedAt: revokedAt?.getTime(),
  usedAt: usedAt?.getTime(),
});

const toRow = (record: ApiKeyRecord): typeof apiKeys.$inferInsert => ({
  ...record,
  scopes: [...record.scopes],
  createdAt: new Date(record.createdAt),
  expiresAt: toInstant(record.expiresAt),
  revokedAt: toInstant(record.revokedAt),
  usedAt: toInstant(record.usedAt),
});

const toInstant = (at: number | undefined): Date | null => (at === undefined ? null : new Date(at));
