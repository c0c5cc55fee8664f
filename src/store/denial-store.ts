import { and, asc, count, desc, eq, gt, inArray, lte, lt, sql } from 'drizzle-orm';
import type { AuditEntry } from '../core/audit.ts';
import type { TenantId, TokenDenialId } from '../core/ids.ts';
import { toAuditRow } from './audit-rows.ts';
import { auditLog } from './audit-tables.ts';
import type { Database } from './database.ts';
import { rowLimit, toPage, type Page, type PageArguments } from './page.ts';
import { tokenDenials } from './tables.ts';

export const DENIAL_KINDS = ['jti', 'sub'] as const;
export type DenialKind = (typeof DENIAL_KINDS)[number];

/** A token, or all tokens of a subject, that are not taken any more. */
export interface TokenDenial {
  readonly id: TokenDenialId;
  readonly tenant: TenantId;
  readonly kind: DenialKind;
  /** The `jti` or the `sub` of the tokens. */
  readonly value: string;
  readonly deniedAt: number;
  readonly deniedBy: string;
  readonly expiresAt: number | undefined;
}

export interface DeniableToken {
  readonly tenant: TenantId;
  readonly subject: string;
  readonly jti?: string | undefined;
}

/** The audit entry of the denial with that ID, which may be one that was there. */
export type AuditOf = (id: TokenDenialId) => AuditEntry;

/** The deny-list of tokens. */
export interface DenialStore {
  /** What is there already keeps its place and gets the later end. Undefined: the tenant has `maxDenials` others. */
  insert(
    denial: TokenDenial,
    options: { readonly maxDenials: number; readonly audit?: AuditOf | undefined },
  ): Promise<TokenDenial | undefined>;
  remove(tenant: TenantId, id: TokenDenialId, audit?: AuditEntry): Promise<TokenDenial | undefined>;
  /** Newest first. */
  list(tenant: TenantId, page: PageArguments<TokenDenialId>): Promise<Page<TokenDenial>>;
  getMany(tenant: TenantId, ids: readonly TokenDenialId[]): Promise<readonly (TokenDenial | undefined)[]>;
  /** In the order of the tokens, by one statement. */
  areDenied(tokens: readonly DeniableToken[], now: number): Promise<readonly boolean[]>;
}

const ARE_DENIED = `select distinct t.place from
    unnest($1::int4[], $2::uuid[], $3::varchar[], $4::varchar[]) as t(place, tenant, sub, jti)
  join token_denials d on d.tenant = t.tenant
    and (d.kind = 'sub' and d.value = t.sub or d.kind = 'jti' and d.value = t.jti)
  where d.expires_at is null or d.expires_at > $5`;

export function createDenialStore({ database }: { readonly database: Pick<Database, 'across' | 'of'> }): DenialStore {
  const { across, of } = database;
  const oneOf = (tenant: TenantId, id: TokenDenialId) => and(eq(tokenDenials.tenant, tenant), eq(tokenDenials.id, id));
  return {
    insert: (denial, options) => insertCounted(of(denial.tenant).use, denial, options),
    remove: (tenant, id, audit) =>
      of(tenant).use((tables) =>
        tables.transaction(async (transaction) => {
          const rows = await transaction.delete(tokenDenials).where(oneOf(tenant, id)).returning();
          if (rows.length > 0 && audit) await transaction.insert(auditLog).values(toAuditRow(audit));
          return rows.map(toRecord)[0];
        }),
      ),
    async list(tenant, page) {
      const { id } = tokenDenials;
      const after = page.after === undefined ? undefined : lt(id, page.after);
      const before = page.before === undefined ? undefined : gt(id, page.before);
      const order = page.direction === 'forward' ? desc(id) : asc(id);
      const ours = and(eq(tokenDenials.tenant, tenant), after, before);
      const rows = await of(tenant).use((tables) =>
        tables.select().from(tokenDenials).where(ours).orderBy(order).limit(rowLimit(page)),
      );
      return toPage(rows.map(toRecord), page);
    },
    async getMany(tenant, ids) {
      const ours = and(eq(tokenDenials.tenant, tenant), inArray(tokenDenials.id, [...ids]));
      const rows = await of(tenant).use((tables) => tables.select().from(tokenDenials).where(ours));
      const records = new Map(rows.map((row) => [row.id, toRecord(row)]));
      return ids.map((id) => records.get(id));
    },
    async areDenied(tokens, now) {
      const { rows } = await across('findDeniedTokens').query<{ readonly place: number }>({
        name: 'iceos_are_tokens_denied',
        text: ARE_DENIED,
        values: [
          tokens.map((_, place) => place),
          tokens.map(({ tenant }) => tenant),
          tokens.map(({ subject }) => subject),
          tokens.map(({ jti }) => jti ?? null),
          new Date(now),
        ],
      });
      const denied = new Set(rows.map(({ place }) => place));
      return tokens.map((_, place) => denied.has(place));
    },
  };
}

function insertCounted(
  use: Database['use'],
  denial: TokenDenial,
  { maxDenials, audit }: Parameters<DenialStore['insert']>[1],
): Promise<TokenDenial | undefined> {
  const { tenant, kind, value, deniedAt, expiresAt } = denial;
  const ofTenant = eq(tokenDenials.tenant, tenant);
  const same = and(ofTenant, eq(tokenDenials.kind, kind), eq(tokenDenials.value, value));
  const end = expiresAt === undefined ? null : new Date(expiresAt);
  return use((tables) =>
    tables.transaction(async (transaction) => {
      // Of one tenant one entry is made at a time, so that the count is exact; nobody else waits.
      await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`token_denials ${tenant}`}, 0))`);
      await transaction.delete(tokenDenials).where(and(ofTenant, lte(tokenDenials.expiresAt, new Date(deniedAt))));
      // Null never ends, and so is the later one.
      const later = sql`case when expires_at is null or ${end}::timestamptz is null then null
        else greatest(expires_at, ${end}::timestamptz) end`;
      const [before] = await transaction.select().from(tokenDenials).where(same);
      if (before !== undefined) {
        const known = await transaction.update(tokenDenials).set({ expiresAt: later }).where(same).returning();
        const changed = known[0]?.expiresAt?.getTime() !== before.expiresAt?.getTime();
        if (changed && audit) await transaction.insert(auditLog).values(toAuditRow(audit(before.id)));
        return known.map(toRecord)[0];
      }
      const [counted] = await transaction.select({ denials: count() }).from(tokenDenials).where(ofTenant);
      if ((counted?.denials ?? 0) >= maxDenials) return undefined;
      const row = { ...denial, deniedAt: new Date(deniedAt), expiresAt: end };
      await transaction.insert(tokenDenials).values(row);
      if (audit) await transaction.insert(auditLog).values(toAuditRow(audit(denial.id)));
      return denial;
    }),
  );
}

const toRecord = ({ deniedAt, expiresAt, ...rest }: typeof tokenDenials.$inferSelect): TokenDenial => ({
  ...rest,
  deniedAt: deniedAt.getTime(),
  expiresAt: expiresAt?.getTime(),
});
