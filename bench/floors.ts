import pg from 'pg';
import { inParallel } from './statistics.ts';

const TABLE = `create table if not exists floor_steps (
  execution_id uuid not null, sequence bigint not null, type smallint not null, payload text,
  primary key (execution_id, sequence))`;
// What a step of the product's chain writes; each row has its own.
const payloadOf = (n: number): string => JSON.stringify({ startedAt: 1_800_000_000_000 + n, output: { inline: n } });

/** What the database itself can do, measured in the same run as the product. */
export interface Floors {
  /** L1: one INSERT and commit a step, 50 at once. Steps a second. */
  singleInserts(steps: number): Promise<number>;
  /** L2n: multi-row batches of what 50 chains wait for, the next when the last has committed. Steps a second. */
  batches(steps: number): Promise<number>;
  /** Three awaited INSERT + commit in a row, once. Milliseconds. */
  threeInserts(): Promise<number>;
  /** Transactions of the whole server that have written so far. */
  transactions(): Promise<number>;
  /** Bytes of write-ahead log so far. */
  walBytes(): Promise<number>;
  close(): Promise<void>;
}

export async function openFloors(url: string): Promise<Floors> {
  const pool = new pg.Pool({ connectionString: url, max: 50 });
  await pool.query(TABLE);
  const insert = { name: 'floor_insert', text: 'insert into floor_steps values ($1, $2, 4, $3)' };
  const single = await pool.connect();

  async function wal(): Promise<number> {
    const answer = await pool.query<{ bytes: string }>(`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`);
    return Number(answer.rows[0]?.bytes ?? 0);
  }

  async function threeInserts(): Promise<number> {
    const id = crypto.randomUUID();
    const startedAt = performance.now();
    for (const sequence of [1, 2, 3]) await single.query({ ...insert, values: [id, sequence, payloadOf(sequence)] });
    return performance.now() - startedAt;
  }

  return {
    threeInserts,
    async transactions() {
      const text = 'select pg_snapshot_xmax(pg_current_snapshot())::text as next';
      return Number((await pool.query<{ next: string }>(text)).rows[0]?.next);
    },
    walBytes: wal,
    async singleInserts(steps) {
      const startedAt = performance.now();
      await inParallel(steps / 10, 50, async () => {
        const id = crypto.randomUUID();
        for (let sequence = 1; sequence <= 10; sequence += 1)
          await pool.query({ ...insert, values: [id, sequence, payloadOf(sequence)] });
      });
      return (steps * 1_000) / (performance.now() - startedAt);
    },
    async batches(steps) {
      const ids = Array.from({ length: 50 }, () => crypto.randomUUID());
      const startedAt = performance.now();
      for (let sequence = 1; sequence <= steps / 50; sequence += 1) {
        await single.query({
          name: 'floor_batch',
          text: 'insert into floor_steps select id, sequence, 4, payload from unnest($1::uuid[], $2::int4[], $3::text[]) as v(id, sequence, payload)',
          values: [ids, ids.map(() => sequence), ids.map((_, row) => payloadOf(sequence * ids.length + row))],
        });
      }
      return (steps * 1_000) / (performance.now() - startedAt);
    },
    async close() {
      single.release();
      await pool.end();
    },
  };
}
