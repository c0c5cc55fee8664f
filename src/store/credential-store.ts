import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { ApiKeyId, TenantId } from '../core/ids.ts';
import { MINUTE_MS } from '../core/units.ts';
import type { Database } from './database.ts';
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
  readonly revokedAt: number | undefined;
}

export interface CredentialStore {
  isEmpty(): Promise<boolean>;
  insertApiKey(record: ApiKeyRecord): Promise<void>;
  /** Inserts unless there is a key by now: of many first starts at once one is true. */
  insertFirstApiKey(record: ApiKeyRecord): Promise<boolean>;
  getApiKey(id: ApiKeyId): Promise<ApiKeyRecord | undefined>;
  /** At most once a minute for each key. */
  markUsed(id: ApiKeyId, at: number): Promise<void>;
}

/** API keys on the database. */
export function createCredentialStore({ database }: { readonly database: Pick<Database, 'use'> }): CredentialStore {
  const { use } = database;
  return {
    async isEmpty() {
      const rows = await use((tables) => tables.select({ id: apiKeys.id }).from(apiKeys).limit(1));
      return rows.length === 0;
    },
    async insertApiKey(record) {
      await use((tables) => tables.insert(apiKeys).values(toRow(record)));
    },
    insertFirstApiKey: (record) =>
      use((tables) =>
        tables.transaction(async (transaction) => {
          // Others read meanwhile, but nobody else inserts: a condition alone would let two through.
          await transaction.execute(sql`lock table ${apiKeys} in share row exclusive mode`);
          const there = await transaction.select({ id: apiKeys.id }).from(apiKeys).limit(1);
          if (there.length > 0) return false;
          await transaction.insert(apiKeys).values(toRow(record));
          return true;
        }),
      ),
    async getApiKey(id) {
      const [row] = await use((tables) => tables.select().from(apiKeys).where(eq(apiKeys.id, id)));
      if (!row) return undefined;
      return {
        id: row.id,
        tenant: row.tenant,
        name: row.name,
        secretHash: row.secretHash,
        scopes: row.scopes,
        createdAt: row.createdAt.getTime(),
        expiresAt: row.expiresAt?.getTime(),
        revokedAt: row.revokedAt?.getTime(),
      };
    },
    async markUsed(id, at) {
      const notLately = or(isNull(apiKeys.usedAt), lt(apiKeys.usedAt, new Date(at - MINUTE_MS)));
      await use((tables) =>
        tables
          .update(apiKeys)
          .set({ usedAt: new Date(at) })
          .where(and(eq(apiKeys.id, id), notLately)),
      );
    },
  };
}

const toRow = ({ expiresAt, revokedAt, createdAt, scopes, ...rest }: ApiKeyRecord): typeof apiKeys.$inferInsert => ({
  ...rest,
  scopes: [...scopes],
  createdAt: new Date(createdAt),
  expiresAt: toInstant(expiresAt),
  revokedAt: toInstant(revokedAt),
});

const toInstant = (at: number | undefined): Date | null => (at === undefined ? null : new Date(at));
