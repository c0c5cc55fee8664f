import type { ExecutionId } from '../core/ids.ts';
import type { EventUsage } from '../execution/events.ts';
import { CALL_KINDS, type BudgetState, type CallKey, type Charge, type Reservation } from '../usage/charge.ts';
import type { TokenUsage } from '../usage/tokens.ts';
import type { Database } from './database.ts';
import { sqlState } from './unavailable.ts';

export type ReserveAnswer =
  | { readonly type: 'reserved' }
  /** Nothing was changed: with it the budget would be passed. */
  | { readonly type: 'refused'; readonly budget: BudgetState }
  /** Somebody else owns the execution by now. */
  | { readonly type: 'fenced' };

export interface Settlement extends CallKey {
  readonly tokens: TokenUsage;
  readonly costUsdMicros: bigint;
  readonly at: Date;
}

/** Calls of one execution that may still be reserved; without `call` all of the attempt. */
export interface OpenCalls {
  readonly executionId: ExecutionId;
  readonly calls: readonly { readonly path: string; readonly attempt: number; readonly call?: number }[];
}

/**
 * Budgets, what is held of them for calls on their way, and what every call cost. Each change is one statement: a crash leaves
 * a call reserved or settled, and never half of it.
 */
export interface LedgerStore {
  /**
   * Holds what a call may cost at most, if the budget of its root execution has room for it. `leaseToken` is that of the
   * execution's owner, who also says how much it may cost by now: a resume may have changed that. Without an owner it is a
   * client's call outside of every execution, and the budget is the one of its tenant's day.
   */
  reserve(
    reservation: Reservation,
    owner: { readonly leaseToken: number | undefined; readonly maxCostUsdMicros: bigint | undefined },
  ): Promise<ReserveAnswer>;
  /** Writes the ledger's row of a call in place of its reservation; undefined when it was settled or given back before. */
  settle(settlement: Settlement): Promise<BudgetState | undefined>;
  /** Writes the row of a use that costs nothing, and so was not reserved. */
  record(use: Omit<Charge, 'price'> & { readonly tokens: TokenUsage; readonly at: Date }): Promise<void>;
  /** Gives back what was held for a call that nobody can have billed. */
  release(call: CallKey): Promise<void>;
  /**
   * Settles a call that may have been billed and of whose usage nothing is known as it was reserved, and marks it as
   * estimated. Answers with how many there were.
   */
  settleEstimated(calls: OpenCalls, at: Date): Promise<number>;
  /** The same for clients' calls outside of executions that began before an instant: whoever made them is gone. */
  settleRequestsBefore(began: Date, at: Date): Promise<number>;
  /** What the calls of models of each attempt have in the ledger, by path; none without a row. */
  chargedTo(executionId: ExecutionId, attempts: OpenCalls['calls']): Promise<ReadonlyMap<string, EventUsage>>;
  /** Undefined before the first reservation. */
  budget(rootExecutionId: ExecutionId): Promise<BudgetState | undefined>;
}

const CHARGED_TO = `select l.path, sum(l.input_tokens)::float8 as input, sum(l.output_tokens)::float8 as output,
    sum(l.cost_usd_micros)::float8 as cost
  from ledger l join unnest($2::text[], $3::int4[]) as k(path, attempt) on l.path = k.path and l.attempt = k.attempt
  where l.execution_id = $1 and l.kind <> ${CALL_KINDS.indexOf('memory')} group by l.path`;

interface ChargedRow {
  readonly path: string;
  readonly input: number;
  readonly output: number;
  readonly cost: number;
}

interface BudgetRow {
  readonly max_cost_usd_micros: string | null;
  readonly reserved_usd_micros: string;
  readonly spent_usd_micros: string;
}

const UNIQUE_VIOLATION = '23505';

const BUDGET_COLUMNS = 'max_cost_usd_micros, reserved_usd_micros, spent_usd_micros';
const CALL_COLUMNS = 'execution_id, path, attempt, call';
const CHARGE_COLUMNS = 'tenant, root_execution_id, blueprint_id, kind, model, price';

// The row of the budget is locked by its update: reservations of one root execution come one after the other.
// A reservation that is there already was made by the same call, whose answer was lost. What is free always has room.
const reserve = (owner: string): string => `with owner as (${owner}),
  known as (select 1 from reservations where execution_id = $1 and path = $2 and attempt = $3 and call = $4),
  held as (
    insert into budgets (root_execution_id, tenant, max_cost_usd_micros, reserved_usd_micros, spent_usd_micros)
    select $6::uuid, $5::uuid, $15::int8, $11::int8, 0 from owner
    where not exists (select from known) and ($15::int8 is null or $11::int8 <= $15::int8)
    on conflict (root_execution_id) do update set reserved_usd_micros = budgets.reserved_usd_micros + excluded.reserved_usd_micros,
      max_cost_usd_micros = excluded.max_cost_usd_micros
    where excluded.max_cost_usd_micros is null or excluded.reserved_usd_micros = 0
      or budgets.spent_usd_micros + budgets.reserved_usd_micros + excluded.reserved_usd_micros <= excluded.max_cost_usd_micros
    returning 1),
  made as (
    insert into reservations (${CALL_COLUMNS}, ${CHARGE_COLUMNS}, amount_usd_micros, input_tokens, output_tokens)
    select $1::uuid, $2::text, $3::int4, $4::int4, $5::uuid, $6::uuid, $7::uuid, $8::int2, $9::varchar, $10::text,
      $11::int8, $12::int8, $13::int8 from held returning 1)
  select exists (select from owner) as owned, exists (select from made union all select from known) as made`;

const RESERVE = reserve('select 1 from executions where id = $1 and lease_token = $14');
const RESERVE_FOR_REQUEST = reserve('select 1 where $14::int8 is null');

const SETTLE = `with gone as (
    delete from reservations where execution_id = $1 and path = $2 and attempt = $3 and call = $4 returning *),
  wrote as (
    insert into ledger (${CALL_COLUMNS}, ${CHARGE_COLUMNS}, cost_usd_micros, input_tokens, cached_input_tokens,
      cache_write_tokens, output_tokens, reasoning_tokens, usage_source, at)
    select ${CALL_COLUMNS}, ${CHARGE_COLUMNS}, $5::int8, $6::int8, $7::int8, $8::int8, $9::int8, $10::int8, 0, $11::timestamptz
    from gone)
  update budgets b set reserved_usd_micros = b.reserved_usd_micros - gone.amount_usd_micros,
    spent_usd_micros = b.spent_usd_micros + $5::int8
  from gone where b.root_execution_id = gone.root_execution_id
  returning b.max_cost_usd_micros, b.reserved_usd_micros, b.spent_usd_micros`;

const RECORD = `insert into ledger (${CALL_COLUMNS}, tenant, root_execution_id, blueprint_id, kind, model, cost_usd_micros,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usage_source, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13, $14, 0, $15) on conflict do nothing`;

const RELEASE = `with gone as (
    delete from reservations where execution_id = $1 and path = $2 and attempt = $3 and call = $4 returning *)
  update budgets b set reserved_usd_micros = b.reserved_usd_micros - gone.amount_usd_micros
  from gone where b.root_execution_id = gone.root_execution_id`;

/** `which` are the reservations that go; their rows are of the instant `at`. */
const settleEstimated = (which: string, at: string): string => `with gone as (
    delete from reservations r ${which} returning r.*),
  wrote as (
    insert into ledger (${CALL_COLUMNS}, ${CHARGE_COLUMNS}, cost_usd_micros, input_tokens, cached_input_tokens,
      cache_write_tokens, output_tokens, reasoning_tokens, usage_source, at)
    select ${CALL_COLUMNS}, ${CHARGE_COLUMNS}, amount_usd_micros, input_tokens, 0, 0, output_tokens, 0, 1, ${at}::timestamptz
    from gone returning 1),
  sums as (select root_execution_id, sum(amount_usd_micros)::int8 as amount from gone group by 1),
  moved as (
    update budgets b set reserved_usd_micros = b.reserved_usd_micros - sums.amount, spent_usd_micros = b.spent_usd_micros + sums.amount
    from sums where b.root_execution_id = sums.root_execution_id)
  select count(*)::int4 as settled from wrote`;

const SETTLE_REQUESTS = settleEstimated('where r.blueprint_id is null and r.execution_id < $1', '$2');
const SETTLE_ESTIMATED = settleEstimated(
  `using unnest($2::text[], $3::int4[], $4::int4[]) as k(path, attempt, call)
    where r.execution_id = $1 and r.path = k.path and r.attempt = k.attempt and (k.call is null or r.call = k.call)`,
  '$5',
);

/** The ledger on the database. */
export function createLedgerStore({ database }: { readonly database: Pick<Database, 'query'> }): LedgerStore {
  const { query } = database;
  const budget: LedgerStore['budget'] = async (rootExecutionId) => {
    const { rows } = await query<BudgetRow>({
      name: 'iceos_budget',
      text: `select ${BUDGET_COLUMNS} from budgets where root_execution_id = $1`,
      values: [rootExecutionId],
    });
    return rows[0] === undefined ? undefined : toBudget(rows[0]);
  };
  return {
    budget,
    async reserve(reservation, { leaseToken, maxCostUsdMicros }) {
      const { tenant, rootExecutionId, blueprintId, kind, model, price, amountUsdMicros, tokens } = reservation;
      const values = [
        ...keyOf(reservation),
        ...[tenant, rootExecutionId, blueprintId ?? null, CALL_KINDS.indexOf(kind), model],
        price === undefined ? null : JSON.stringify(price, bigintsAsText),
        ...[amountUsdMicros, tokens.input, tokens.output],
      ];
      const owned = [...values, leaseToken ?? null, maxCostUsdMicros ?? null];
      const statement =
        leaseToken === undefined
          ? { name: 'iceos_reserve_for_request', text: RESERVE_FOR_REQUEST }
          : { name: 'iceos_reserve', text: RESERVE };
      const ask = () => query<{ owned: boolean; made: boolean }>({ ...statement, values: owned });
      // The same call, whose first try was not committed yet when this one looked.
      const { rows } = await ask().catch((error: unknown) => {
        if (sqlState(error) === UNIQUE_VIOLATION) return ask();
        throw error;
      });
      if (rows[0]?.owned !== true) return { type: 'fenced' };
      if (rows[0].made) return { type: 'reserved' };
      const held = (await budget(rootExecutionId)) ?? { reservedUsdMicros: 0n, spentUsdMicros: 0n };
      return { type: 'refused', budget: { ...held, maxCostUsdMicros } };
    },
    async settle({ tokens, costUsdMicros, at, ...call }) {
      const values = [...keyOf(call), costUsdMicros, ...countsOf(tokens), at];
      const { rows } = await query<BudgetRow>({ name: 'iceos_settle', text: SETTLE, values });
      return rows[0] === undefined ? undefined : toBudget(rows[0]);
    },
    async record({ tenant, rootExecutionId, blueprintId, kind, model, tokens, at, ...call }) {
      const charge = [tenant, rootExecutionId, blueprintId ?? null, CALL_KINDS.indexOf(kind), model];
      const values = [...keyOf(call), ...charge, ...countsOf(tokens), at];
      await query({ name: 'iceos_record_use', text: RECORD, values });
    },
    async chargedTo(executionId, attempts) {
      const values = [executionId, attempts.map(({ path }) => path), attempts.map(({ attempt }) => attempt)];
      const { rows } = await query<ChargedRow>({ name: 'iceos_charged_to', text: CHARGED_TO, values });
      const measured = { cpuMs: 0, wallMs: 0, peakMemoryBytes: 0 };
      return new Map(
        rows.map(({ path, input: inputTokens, output: outputTokens, cost: costUsdMicros }) => [
          path,
          { ...measured, inputTokens, outputTokens, costUsdMicros },
        ]),
      );
    },
    async settleRequestsBefore(began, at) {
      const values = [firstUuidOf(began), at];
      const { rows } = await query<{ settled: number }>({
        name: 'iceos_settle_requests',
        text: SETTLE_REQUESTS,
        values,
      });
      return rows[0]?.settled ?? 0;
    },
    async release(call) {
      await query({ name: 'iceos_release', text: RELEASE, values: keyOf(call) });
    },
    async settleEstimated({ executionId, calls }, at) {
      const columns = [
        calls.map(({ path }) => path),
        calls.map(({ attempt }) => attempt),
        calls.map(({ call }) => call ?? null),
      ];
      const values = [executionId, ...columns, at];
      const { rows } = await query<{ settled: number }>({
        name: 'iceos_settle_estimated',
        text: SETTLE_ESTIMATED,
        values,
      });
      return rows[0]?.settled ?? 0;
    },
  };
}

const keyOf = ({ executionId, path, attempt, call }: CallKey): unknown[] => [executionId, path, attempt, call];

/** The least ID (RFC 9562, version 7) that a request of that instant can have. */
function firstUuidOf(instant: Date): string {
  const ms = instant.getTime().toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`;
}

const countsOf = (tokens: TokenUsage): number[] => {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = tokens;
  return [inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens];
};

const bigintsAsText = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

const toBudget = (row: BudgetRow): BudgetState => ({
  maxCostUsdMicros: row.max_cost_usd_micros === null ? undefined : BigInt(row.max_cost_usd_micros),
  reservedUsdMicros: BigInt(row.reserved_usd_micros),
  spentUsdMicros: BigInt(row.spent_usd_micros),
});
