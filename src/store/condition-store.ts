import { HOUR_MS } from '../core/units.ts';
import type { Database } from './database.ts';

/** How the whole database does, over all tenants and processes: numbers, and never what they are made of. */
export interface Condition {
  /** For how long the execution that waits longest for an orchestrator is due, in milliseconds; 0 when none waits. */
  readonly oldestDueMs: number;
  readonly orchestratorsAlive: number;
  /** Milliseconds since 1970, by the database. */
  readonly databaseNow: number;
  /** Of the newest 1,000 budgets of executions that began within the last hour, those whose sum is not that of their rows in the ledger. */
  readonly ledgerMismatches: number;
}

export interface ConditionStore {
  read(): Promise<Condition>;
}

interface ConditionRow {
  readonly oldest: number;
  readonly alive: number;
  readonly mismatches: number;
  readonly now: number;
}

/** However many executions begin in an hour, looking at them takes no longer. */
const MOST_BUDGETS = 1_000;

// Both sums are changed by one statement, so that every snapshot must have them equal.
const CONDITION = `select
  coalesce((select (extract(epoch from now() - due_at) * 1000)::float8 from executions
    where lease_owner is null and due_at <= now() order by due_at limit 1), 0) as oldest,
  (select count(*)::int4 from orchestrators where expires_at > now()) as alive,
  (select count(*)::int4 from (
      select * from budgets where root_execution_id between $1 and $2 order by root_execution_id desc limit ${MOST_BUDGETS}) b
    where b.spent_usd_micros <> (
      select coalesce(sum(l.cost_usd_micros), 0) from ledger l where l.root_execution_id = b.root_execution_id)) as mismatches,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as now`;

/** The condition of the database, for the metrics. */
export const createConditionStore = (deps: {
  readonly database: Pick<Database, 'query'>;
  readonly clock: { readonly now: () => number };
}): ConditionStore => ({
  async read() {
    // The budgets of clients' days have IDs of another version, which lie anywhere: nearly none of them between these two.
    const now = deps.clock.now();
    const values = [firstIdAt(now - HOUR_MS), firstIdAt(now + HOUR_MS)];
    const { rows } = await deps.database.query<ConditionRow>({ name: 'iceos_condition', text: CONDITION, values });
    const [row] = rows;
    if (row === undefined) throw new Error('The condition of the database has no row.');
    const { oldest, alive, mismatches, now: databaseNow } = row;
    return { oldestDueMs: oldest, orchestratorsAlive: alive, ledgerMismatches: mismatches, databaseNow };
  },
});

/** The smallest ID that may have been made at an instant: the first 48 bits of a UUIDv7 are milliseconds (RFC 9562). */
function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
