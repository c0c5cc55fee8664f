import type { BlueprintId, ExecutionId, TenantId } from '../core/ids.ts';
import { CALL_KINDS, type CallKey } from '../usage/charge.ts';
import {
  CALL_USAGE_SOURCES,
  type LedgerEntry,
  type LedgerFilter,
  type LedgerPlace,
  type RunningUsage,
  type UsageGrouping,
  type UsageTotals,
} from '../usage/ledger.ts';
import { Price } from '../usage/prices.ts';
import type { TokenUsage } from '../usage/tokens.ts';
import type { Database } from './database.ts';
import { rowLimit, toPage, type Page, type PageArguments } from './page.ts';
import { createParameters, unseen, type Parameters } from './parameters.ts';

/** What calls have cost, as clients ask for it: each answer is one statement, and of one tenant. */
export interface LedgerReads {
  /** Newest first. */
  list(tenant: TenantId, filter: LedgerFilter, page: PageArguments<LedgerPlace>): Promise<Page<LedgerEntry>>;
  getMany(tenant: TenantId, keys: readonly CallKey[]): Promise<readonly (LedgerEntry | undefined)[]>;
  /** By time the earliest first, else what cost the most; undefined when there are more than `maxGroups` groups. */
  totals(
    tenant: TenantId,
    filter: LedgerFilter,
    by: { readonly grouping: UsageGrouping; readonly maxGroups: number },
  ): Promise<readonly UsageTotals[] | undefined>;
  /** The root of an execution; undefined when there is no such execution. */
  rootOf(tenant: TenantId, executionId: ExecutionId): Promise<ExecutionId | undefined>;
  /** Of the root of an execution; undefined when there is no such execution. */
  running(tenant: TenantId, executionId: ExecutionId): Promise<RunningUsage | undefined>;
}

/** Columns of the sums; the driver gives `int8` and `numeric` as text, which is how money stays whole. */
const SUMS = `coalesce(sum(l.input_tokens), 0)::float8 as input_tokens,
  coalesce(sum(l.cached_input_tokens), 0)::float8 as cached_input_tokens,
  coalesce(sum(l.cache_write_tokens), 0)::float8 as cache_write_tokens,
  coalesce(sum(l.output_tokens), 0)::float8 as output_tokens,
  coalesce(sum(l.reasoning_tokens), 0)::float8 as reasoning_tokens,
  count(*)::float8 as calls,
  (count(*) filter (where l.usage_source = ${CALL_USAGE_SOURCES.indexOf('estimated')}))::float8 as estimated_calls`;

const COLUMNS = `l.tenant, l.execution_id, l.path, l.attempt, l.call, l.root_execution_id, l.blueprint_id, l.kind, l.model,
  l.price, l.cost_usd_micros::text as cost_usd_micros, l.input_tokens::float8 as input_tokens,
  l.cached_input_tokens::float8 as cached_input_tokens, l.cache_write_tokens::float8 as cache_write_tokens,
  l.output_tokens::float8 as output_tokens, l.reasoning_tokens::float8 as reasoning_tokens, l.usage_source, l.at`;

const PLACE = '(l.at, l.execution_id, l.path, l.attempt, l.call)';

/** Tokens of memory were read or written by a model as well: in one sum they would be counted twice. */
const OF_MODELS = `l.kind <> ${CALL_KINDS.indexOf('memory')}`;

const GROUPS: Readonly<Record<UsageGrouping, string>> = {
  day: "date_trunc('day', l.at, 'UTC')",
  hour: "date_trunc('hour', l.at, 'UTC')",
  blueprint: 'l.blueprint_id',
  model: 'l.model',
  kind: 'l.kind',
};

/** The ledger on the database, for those who read it. */
export function createLedgerReads({ database }: { readonly database: Pick<Database, 'of'> }): LedgerReads {
  const { of } = database;
  return {
    async list(tenant, filter, page) {
      const order = page.direction === 'forward' ? 'desc' : 'asc';
      const parameters = createParameters();
      const { values, add } = parameters;
      const where = conditions(tenant, filter, parameters);
      const place = ({ at, executionId, path, attempt, call }: LedgerPlace): string =>
        `(${add(new Date(at))}::timestamptz, ${add(executionId)}::uuid, ${add(path)}::text, ${add(attempt)}::int4, ${add(call)}::int4)`;
      if (page.after) where.push(`${PLACE} < ${place(page.after)}`);
      if (page.before) where.push(`${PLACE} > ${place(page.before)}`);
      const { rows } = await of(tenant).query<LedgerRow>({
        text: `select ${COLUMNS} from ledger l where ${where.join(' and ')}
          order by ${filter.executionId === undefined ? '' : `l.root_execution_id ${order}, `}l.at ${order}, l.execution_id ${order}, l.path ${order}, l.attempt ${order}, l.call ${order}
          limit ${add(rowLimit(page))}`,
        values: [...values],
      });
      return toPage(rows.map(toEntry), page);
    },
    async getMany(tenant, keys) {
      const { rows } = await of(tenant).query<LedgerRow>({
        name: 'iceos_get_ledger_entries',
        text: `select ${COLUMNS} from unnest($2::uuid[], $3::text[], $4::int4[], $5::int4[]) as k(execution_id, path, attempt, call)
          join ledger l on l.execution_id = k.execution_id and l.path = k.path and l.attempt = k.attempt and l.call = k.call
          where l.tenant = $1`,
        values: [
          tenant,
          keys.map(({ executionId }) => executionId),
          keys.map(({ path }) => path),
          keys.map(({ attempt }) => attempt),
          keys.map(({ call }) => call),
        ],
      });
      const entries = new Map(rows.map(toEntry).map((entry) => [keyOf(entry), entry]));
      return keys.map((key) => entries.get(keyOf(key)));
    },
    async totals(tenant, filter, { grouping, maxGroups }) {
      const parameters = createParameters();
      const where = conditions(tenant, filter, parameters);
      if (filter.kind === undefined && grouping !== 'kind' && grouping !== 'model') where.push(OF_MODELS);
      const isTime = grouping === 'day' || grouping === 'hour';
      const { rows } = await of(tenant).query<TotalsRow>({
        text: `select ${GROUPS[grouping]} as key, sum(l.cost_usd_micros)::text as cost_usd_micros, ${SUMS}
          from ledger l where ${where.join(' and ')}
          group by 1 order by ${isTime ? '1' : 'sum(l.cost_usd_micros) desc, 1'} limit ${parameters.add(maxGroups + 1)}`,
        values: [...parameters.values],
      });
      return rows.length > maxGroups ? undefined : rows.map((row) => toTotals(row, grouping));
    },
    async rootOf(tenant, executionId) {
      const { rows } = await of(tenant).query<{ readonly root: ExecutionId }>({
        name: 'iceos_root_of',
        text: 'select root_execution_id as root from executions where tenant = $1 and id = $2',
        values: [tenant, executionId],
      });
      return rows[0]?.root;
    },
    async running(tenant, executionId) {
      const { rows } = await of(tenant).query<RunningRow>({
        name: 'iceos_running_usage',
        text: `select e.root_execution_id, b.max_cost_usd_micros::text as max_cost_usd_micros,
            coalesce(b.reserved_usd_micros, 0)::text as reserved_usd_micros, coalesce(b.spent_usd_micros, 0)::text as spent_usd_micros,
            s.*
          from executions e
          left join budgets b on b.root_execution_id = e.root_execution_id
          cross join lateral (select ${SUMS} from ledger l where l.root_execution_id = e.root_execution_id and ${OF_MODELS}) s
          where e.tenant = $1 and e.id = $2`,
        values: [tenant, executionId],
      });
      return rows.map(toRunning)[0];
    },
  };
}

/** Numbers of our own lists stand in the statement as they are, so that indexes over a part of the rows are found. */
function conditions(tenant: TenantId, filter: LedgerFilter, { add }: Parameters): string[] {
  const { executionId, blueprintId, model, kind, usageSource, from, to } = filter;
  const owner = add(tenant);
  const where = [`l.tenant = ${owner}`];
  if (executionId !== undefined) {
    const root = `(select e.root_execution_id from executions e where e.tenant = ${owner} and e.id = ${add(executionId)})`;
    // Bounds instead of an equality: by that one the planner expects the few calls of an average execution, and sorts all
    // of one that has a hundred thousand for each page.
    where.push(`l.root_execution_id >= ${root} and l.root_execution_id <= ${root}`);
  }
  if (blueprintId !== undefined) where.push(`l.blueprint_id = ${unseen(add(blueprintId), 'uuid')}`);
  if (model !== undefined) where.push(`l.model = ${unseen(add(model), 'varchar')}`);
  if (kind !== undefined) where.push(`l.kind = ${CALL_KINDS.indexOf(kind)}`);
  if (usageSource !== undefined) where.push(`l.usage_source = ${CALL_USAGE_SOURCES.indexOf(usageSource)}`);
  if (from !== undefined) where.push(`l.at >= ${add(new Date(from))}`);
  if (to !== undefined) where.push(`l.at < ${add(new Date(to))}`);
  return where;
}

interface TokenColumns {
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
}

interface LedgerRow extends TokenColumns {
  readonly tenant: TenantId;
  readonly execution_id: ExecutionId;
  readonly path: string;
  readonly attempt: number;
  readonly call: number;
  readonly root_execution_id: ExecutionId;
  readonly blueprint_id: BlueprintId | null;
  readonly kind: number;
  readonly model: string;
  readonly price: string | null;
  readonly cost_usd_micros: string;
  readonly usage_source: number;
  readonly at: Date;
}

interface SumColumns extends TokenColumns {
  readonly calls: number;
  readonly estimated_calls: number;
}

interface TotalsRow extends SumColumns {
  /** Null: no blueprint, as clients asked outside of executions. */
  readonly key: Date | string | number | null;
  readonly cost_usd_micros: string;
}

interface RunningRow extends SumColumns {
  readonly root_execution_id: ExecutionId;
  readonly max_cost_usd_micros: string | null;
  readonly reserved_usd_micros: string;
  readonly spent_usd_micros: string;
}

const keyOf = ({ executionId, path, attempt, call }: CallKey): string => `${executionId} ${attempt} ${call} ${path}`;

const toTokens = (row: TokenColumns): TokenUsage => ({
  inputTokens: row.input_tokens,
  cachedInputTokens: row.cached_input_tokens,
  cacheWriteTokens: row.cache_write_tokens,
  outputTokens: row.output_tokens,
  reasoningTokens: row.reasoning_tokens,
});

const toCounts = (row: SumColumns): Pick<RunningUsage, 'calls' | 'estimatedCalls' | keyof TokenUsage> => ({
  ...toTokens(row),
  calls: row.calls,
  estimatedCalls: row.estimated_calls,
});

const toEntry = (row: LedgerRow): LedgerEntry => ({
  executionId: row.execution_id,
  path: row.path,
  attempt: row.attempt,
  call: row.call,
  tenant: row.tenant,
  rootExecutionId: row.root_execution_id,
  blueprintId: row.blueprint_id ?? undefined,
  kind: named(CALL_KINDS, row.kind),
  model: row.model,
  price: row.price === null ? undefined : toPrice(row.price),
  ...toTokens(row),
  costUsdMicros: BigInt(row.cost_usd_micros),
  usageSource: named(CALL_USAGE_SOURCES, row.usage_source),
  at: row.at.getTime(),
});

function toTotals({ key, ...row }: TotalsRow, grouping: UsageGrouping): UsageTotals {
  const sums = { ...toCounts(row), costUsdMicros: BigInt(row.cost_usd_micros) };
  if (key === null) return sums;
  if (key instanceof Date) return { ...sums, startsAt: key.getTime() };
  if (typeof key === 'number') return { ...sums, kind: named(CALL_KINDS, key) };
  // The column by which the statement groups is one of blueprint IDs.
  return grouping === 'blueprint' ? { ...sums, blueprintId: key as BlueprintId } : { ...sums, model: key };
}

const toRunning = (row: RunningRow): RunningUsage => ({
  ...toCounts(row),
  rootExecutionId: row.root_execution_id,
  maxCostUsdMicros: row.max_cost_usd_micros === null ? undefined : BigInt(row.max_cost_usd_micros),
  reservedUsdMicros: BigInt(row.reserved_usd_micros),
  spentUsdMicros: BigInt(row.spent_usd_micros),
});

function named<T>(names: readonly T[], code: number): T {
  const name = names[code];
  if (name === undefined) throw new Error(`The ledger has the number ${code}, which is unknown here.`);
  return name;
}

/** Money stands in the stored JSON as text. */
const toPrice = (text: string): Price =>
  Price.parse(
    JSON.parse(text, (name, value: unknown) =>
      name.endsWith('UsdMicros') && typeof value === 'string' ? BigInt(value) : value,
    ),
  );
