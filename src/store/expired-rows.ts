import { MINUTE_MS } from '../core/units.ts';
import type { Database } from './database.ts';

/** What went in one pass. */
export interface SweptRows {
  readonly apiKeys: number;
  readonly rateLimits: number;
  readonly streamTickets: number;
  readonly tokenDenials: number;
}

export interface SweepOptions {
  readonly now: number;
  /** How long a key stays in the list after it became void. */
  readonly voidKeyRetentionMs: number;
  /** Of each table in one pass. */
  readonly maxRows: number;
}

/** Rows that nobody reads any more, of all tenants. */
export interface ExpiredRows {
  /** Deletes a bounded number of them; of processes that sweep at once none waits for another. */
  sweep(options: SweepOptions): Promise<SweptRows>;
}

/** Another process whose clock is behind may still take the row for a valid one. */
const CLOCK_SKEW_MS = MINUTE_MS;

const statement = (table: string, which: string): string => `with gone as (delete from ${table} where ctid = any(array(
    select ctid from ${table} where ${which} limit $2 for update skip locked)) returning 1)
  select count(*)::int4 as rows from gone`;

const RATE_LIMITS = statement('rate_limits', 'expire <= $1::int8');
const STREAM_TICKETS = statement('stream_tickets', 'expires_at <= $1::timestamptz');
const TOKEN_DENIALS = statement('token_denials', 'expires_at <= $1::timestamptz');
// The newest one stays, however long it is void: a store without a key is a fresh one, which gets a first key.
const API_KEYS = statement(
  'api_keys',
  `least(revoked_at, expires_at) <= $1::timestamptz and id <> (select id from api_keys order by id desc limit 1)`,
);

/** Sweeps on the database. */
export function createExpiredRows({ database }: { readonly database: Pick<Database, 'query'> }): ExpiredRows {
  const run = async (text: string, before: number | Date, maxRows: number): Promise<number> => {
    const { rows } = await database.query<{ readonly rows: number }>({ text, values: [before, maxRows] });
    return rows[0]?.rows ?? 0;
  };
  return {
    async sweep({ now, voidKeyRetentionMs, maxRows }) {
      const before = Math.floor(now) - CLOCK_SKEW_MS;
      // What one of them fails by is not in the way of the others.
      const passes = await Promise.allSettled([
        run(API_KEYS, new Date(before - voidKeyRetentionMs), maxRows),
        run(RATE_LIMITS, before, maxRows),
        run(STREAM_TICKETS, new Date(before), maxRows),
        run(TOKEN_DENIALS, new Date(before), maxRows),
      ]);
      const [apiKeys = 0, rateLimits = 0, streamTickets = 0, tokenDenials = 0] = passes.map((pass) => {
        if (pass.status === 'rejected') throw pass.reason;
        return pass.value;
      });
      return { apiKeys, rateLimits, streamTickets, tokenDenials };
    },
  };
}
