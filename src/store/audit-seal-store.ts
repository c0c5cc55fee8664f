import { sql } from 'drizzle-orm';
import type { AuditRecord } from '../core/audit.ts';
import type { SealedRange } from '../core/audit-seal.ts';
import { AUDIT_COLUMNS, toAuditRecord, type AuditRow } from './audit-store.ts';
import { auditSeals } from './audit-tables.ts';
import type { Database } from './database.ts';

/** Up to which row the log may be sealed, once those who were writing then are done. */
export interface AuditMark {
  readonly upTo: string;
  readonly writers: readonly string[];
}

/** What the seals of the audit log are made of. One process at a time seals or deletes. */
export interface AuditSealStore {
  mark(): Promise<AuditMark>;
  areDone(mark: AuditMark): Promise<boolean>;
  /** Seals the next rows, as `close` makes a range of them; undefined: there are none, or another process is at it. */
  seal(
    options: { readonly upTo: string; readonly maxRows: number },
    close: (previous: SealedRange | undefined, rows: readonly AuditRecord[]) => SealedRange | undefined,
  ): Promise<SealedRange | undefined>;
  /** Deletes the oldest ranges that were sealed before, and never the newest one; answers with how many. */
  purge(options: { readonly sealedBefore: number; readonly maxRanges: number }): Promise<number>;
  get(number: number): Promise<SealedRange | undefined>;
  /** In their order. */
  list(options: { readonly afterNumber: number; readonly limit: number }): Promise<readonly SealedRange[]>;
  /** Rows after one ID up to another, in their order; one more than `limit` at most. */
  rows(range: {
    readonly afterId: string;
    readonly lastId: string;
    readonly limit: number;
  }): Promise<readonly AuditRecord[]>;
  countRows(range: { readonly afterId: string; readonly lastId?: string }): Promise<number>;
}

// "ice" in hex, then a number that nobody else takes.
const SEAL_LOCK = 0x69_63_65_02;

// Whoever writes a row holds this lock of the table from before the row has its number until it is committed.
const WRITERS = `select coalesce(array_agg(distinct virtualtransaction), '{}') as writers from pg_locks
  where locktype = 'relation' and relation = 'audit_log'::regclass and mode = 'RowExclusiveLock' and granted
    and database = (select oid from pg_database where datname = current_database())`;

/** Seals on the database. */
export function createAuditSealStore({
  database,
}: {
  readonly database: Pick<Database, 'use' | 'query'>;
}): AuditSealStore {
  const { use, query } = database;
  const rowsOf: AuditSealStore['rows'] = async ({ afterId, lastId, limit }) => {
    const { rows } = await query<AuditRow>({
      name: 'iceos_audit_rows',
      text: `select ${AUDIT_COLUMNS} from audit_log a where a.id > $1::int8 and a.id <= $2::int8 order by a.id limit $3`,
      values: [afterId, lastId, limit + 1],
    });
    return rows.map(toAuditRecord);
  };
  const listSeals: AuditSealStore['list'] = async ({ afterNumber, limit }) => {
    const { rows } = await query<SealRow>({
      name: 'iceos_audit_seals',
      text: `select ${SEAL_COLUMNS} from audit_seals where number > $1 order by number limit $2`,
      values: [afterNumber, limit],
    });
    return rows.map(toRange);
  };
  return {
    rows: rowsOf,
    list: listSeals,
    async mark() {
      // In this order: who has taken a number up to this one is among the writers, or done.
      const { rows: numbers } = await query<{ readonly id: string }>({
        text: 'select case when is_called then last_value else 0 end::text as id from audit_log_id_seq',
      });
      const { rows } = await query<{ readonly writers: readonly string[] }>({ text: WRITERS });
      return { upTo: numbers[0]?.id ?? '0', writers: rows[0]?.writers ?? [] };
    },
    async areDone({ writers }) {
      const { rows } = await query<{ readonly writers: readonly string[] }>({ text: WRITERS });
      return !rows[0]?.writers.some((writer) => writers.includes(writer));
    },
    seal: ({ upTo, maxRows }, close) =>
      use((tables) =>
        tables.transaction(async (transaction) => {
          const locked = await transaction.execute<{ mine: boolean }>(
            sql`select pg_try_advisory_xact_lock(${SEAL_LOCK}) as mine`,
          );
          if (locked.rows[0]?.mine !== true) return undefined;
          const seals = await transaction.execute<SealRow>(
            sql`select ${sql.raw(SEAL_COLUMNS)} from audit_seals order by number desc limit 1`,
          );
          const [previous] = seals.rows.map(toRange);
          const found = await transaction.execute<AuditRow>(
            sql`select ${sql.raw(AUDIT_COLUMNS)} from audit_log a
              where a.id > ${previous?.lastId ?? '0'}::int8 and a.id <= ${upTo}::int8 order by a.id limit ${maxRows}`,
          );
          const range = close(previous, found.rows.map(toAuditRecord));
          if (range !== undefined) await transaction.insert(auditSeals).values(toRow(range));
          return range;
        }),
      ),
    purge: ({ sealedBefore, maxRanges }) =>
      use((tables) =>
        tables.transaction(async (transaction) => {
          const locked = await transaction.execute<{ mine: boolean }>(
            sql`select pg_try_advisory_xact_lock(${SEAL_LOCK}) as mine`,
          );
          if (locked.rows[0]?.mine !== true) return 0;
          const { rows } = await transaction.execute<{ number: number; last_id: string }>(
            sql`select number, last_id::text as last_id from audit_seals
              where sealed_at < ${new Date(sealedBefore).toISOString()}::timestamptz
                and number < (select max(number) from audit_seals) order by number limit ${maxRanges}`,
          );
          const last = rows.at(-1);
          if (last === undefined) return 0;
          await transaction.execute(sql`select set_config('iceos.audit_retention', 'on', true)`);
          await transaction.execute(sql`delete from audit_log where id <= ${last.last_id}::int8`);
          await transaction.execute(sql`delete from audit_seals where number <= ${last.number}`);
          return rows.length;
        }),
      ),
    async get(number) {
      return (await listSeals({ afterNumber: number - 1, limit: 1 })).find((range) => range.number === number);
    },
    async countRows({ afterId, lastId }) {
      const { rows } = await query<{ readonly count: number }>({
        text: 'select count(*)::float8 as count from audit_log where id > $1::int8 and ($2::int8 is null or id <= $2::int8)',
        values: [afterId, lastId ?? null],
      });
      return rows[0]?.count ?? 0;
    },
  };
}

type SealRow = {
  readonly number: number;
  readonly after_id: string;
  readonly last_id: string;
  readonly row_count: number;
  readonly digest: string;
  readonly previous_seal: string;
  readonly previous_sealed_at: number | null;
  readonly sealed_at: number;
  readonly seal: string;
};

// Instants as numbers: drizzle's raw statements give times as text.
const SEAL_COLUMNS = `number, after_id::text as after_id, last_id::text as last_id, row_count, digest, previous_seal,
  round(extract(epoch from previous_sealed_at) * 1000)::float8 as previous_sealed_at,
  round(extract(epoch from sealed_at) * 1000)::float8 as sealed_at, seal`;

const toRange = (row: SealRow): SealedRange => ({
  number: row.number,
  afterId: row.after_id,
  lastId: row.last_id,
  rowCount: row.row_count,
  digest: row.digest,
  previousSeal: row.previous_seal,
  previousSealedAt: row.previous_sealed_at ?? undefined,
  sealedAt: row.sealed_at,
  seal: row.seal,
});

const toRow = ({
  afterId,
  lastId,
  previousSealedAt,
  sealedAt,
  ...range
}: SealedRange): typeof auditSeals.$inferInsert => ({
  ...range,
  afterId: BigInt(afterId),
  lastId: BigInt(lastId),
  previousSealedAt: previousSealedAt === undefined ? null : new Date(previousSealedAt),
  sealedAt: new Date(sealedAt),
});
