import type { QueryConfig } from 'pg';
import type { AuditEntry } from '../core/audit.ts';
import type { BlueprintId, ExecutionId, OrchestratorId, TenantId } from '../core/ids.ts';
import type { ExecutionEvent } from '../execution/events.ts';
import type { ExecutionProjection } from '../execution/projection.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { Idempotency } from '../execution/start.ts';
import { EXECUTION_STATUSES, isFinished, STATUS_CODES, type ExecutionStatus } from '../execution/status.ts';
import type { Usage } from '../usage/usage.ts';
import type { Batcher } from './batcher.ts';
import type { Database } from './database.ts';
import { rowLimit, toPage, type Page, type PageArguments } from './page.ts';
import { unseen } from './parameters.ts';

export interface StartRequest {
  readonly id: ExecutionId;
  readonly tenant: TenantId;
  readonly blueprintId: BlueprintId;
  readonly blueprintVersion: number;
  /** `executionRequested`, and when claimed `executionStarted` and the first `attemptStarted`. */
  readonly events: readonly ExecutionEvent[];
  readonly projection: ExecutionProjection;
  readonly idempotency: Idempotency | undefined;
  /** Set: inserted as already claimed by this incarnation with lease token 1. Else due at once, for whoever claims it. */
  readonly owner: OrchestratorId | undefined;
  readonly audit?: AuditEntry | undefined;
}

export type StartAnswer =
  { readonly type: 'created' } | { readonly type: 'exists'; readonly id: ExecutionId; readonly sameArguments: boolean };

export interface ExecutionFilter {
  readonly blueprintId?: BlueprintId | undefined;
  readonly statuses?: readonly ExecutionStatus[] | undefined;
}

export interface ExecutionStore {
  /** One row and its first events; goes with the group commit of appends. */
  start(request: StartRequest): Promise<StartAnswer>;
  /** What was started under an idempotency key. */
  findStart(
    tenant: TenantId,
    key: string,
  ): Promise<{ readonly id: ExecutionId; readonly argumentsHash: string } | undefined>;
  getMany(tenant: TenantId, ids: readonly ExecutionId[]): Promise<readonly (ExecutionRecord | undefined)[]>;
  /** Newest first; the key is an ID (UUIDv7: time). */
  list(tenant: TenantId, filter: ExecutionFilter, page: PageArguments<ExecutionId>): Promise<Page<ExecutionRecord>>;
}

export interface ExecutionStoreDeps {
  readonly database: Pick<Database, 'of'>;
  readonly batcher: Pick<Batcher, 'start'>;
}

/** Executions on the database. */
export function createExecutionStore({ database, batcher }: ExecutionStoreDeps): ExecutionStore {
  return {
    start: (request) => batcher.start(request),
    async findStart(tenant, key) {
      const { rows } = await database.of(tenant).query<{ readonly id: ExecutionId; readonly hash: string }>({
        name: 'iceos_find_start',
        text: 'select id, idempotency_hash as hash from executions where tenant = $1 and idempotency_key = $2',
        values: [tenant, key],
      });
      const [row] = rows;
      return row && { id: row.id, argumentsHash: row.hash };
    },
    async getMany(tenant, ids) {
      const { rows } = await database.of(tenant).query<ExecutionRow>({
        name: 'iceos_get_executions',
        text: `select ${COLUMNS} from executions e where e.tenant = $1 and e.id = any($2::uuid[])`,
        values: [tenant, ids],
      });
      const records = new Map(rows.map((row) => [row.id, toRecord(row)]));
      return ids.map((id) => records.get(id));
    },
    async list(tenant, filter, page) {
      const { rows } = await database.of(tenant).query<ExecutionRow>(listStatement(tenant, filter, page));
      return toPage(rows.map(toRecord), page);
    },
  };
}

/** As the statements here give it: columns and their types are checked by nobody but these statements. */
interface ExecutionRow {
  readonly id: ExecutionId;
  readonly tenant: TenantId;
  readonly blueprint_id: BlueprintId;
  readonly blueprint_version: number;
  readonly status: number;
  readonly last_sequence: number;
  readonly done_count: number;
  readonly total_count: number;
  readonly cpu_ms: number;
  readonly wall_ms: number;
  readonly peak_memory_bytes: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd_micros: string;
  readonly requested_at: Date;
  readonly last_at: number;
}

const COLUMNS = `e.id, e.tenant, e.blueprint_id, e.blueprint_version, e.status, e.last_sequence, e.done_count,
  e.total_count, e.cpu_ms, e.wall_ms, e.peak_memory_bytes, e.input_tokens::float8 as input_tokens,
  e.output_tokens::float8 as output_tokens, e.cost_usd_micros::text as cost_usd_micros, e.requested_at,
  e.last_at::float8 as last_at`;

function toRecord(row: ExecutionRow): ExecutionRecord {
  const status = EXECUTION_STATUSES.find((name) => STATUS_CODES[name] === row.status);
  if (status === undefined) throw new Error(`Execution ${row.id} has the status ${row.status}, which is unknown here.`);
  return {
    id: row.id,
    tenant: row.tenant,
    blueprintId: row.blueprint_id,
    blueprintVersion: row.blueprint_version,
    status,
    lastSequence: row.last_sequence,
    progress: { done: row.done_count, total: row.total_count },
    usage: usageOf(row),
    requestedAt: row.requested_at.getTime(),
    finishedAt: isFinished(status) ? row.last_at : undefined,
  };
}

const usageOf = (row: ExecutionRow): Usage => ({
  cpuMs: row.cpu_ms,
  wallMs: row.wall_ms,
  peakMemoryBytes: row.peak_memory_bytes,
  inputTokens: row.input_tokens,
  outputTokens: row.output_tokens,
  costUsdMicros: BigInt(row.cost_usd_micros),
});

const LEAST_ID = '00000000-0000-0000-0000-000000000000';
const GREATEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Each status is read by itself along its index and the newest of all are kept, so that a page costs the same whatever
 * is stored, also of a status that is rare. Bounds and order by status and id together, though the status is one: by id
 * alone the planner takes the primary key and looks through all executions for a status that hardly any has.
 */
function listStatement(tenant: TenantId, filter: ExecutionFilter, page: PageArguments<ExecutionId>): QueryConfig {
  const { blueprintId, statuses = EXECUTION_STATUSES } = filter;
  const order = page.direction === 'forward' ? 'desc' : 'asc';
  const codes = [...new Set(statuses)].map((status) => STATUS_CODES[status]);
  const values = [tenant, codes, page.after ?? GREATEST_ID, page.before ?? LEAST_ID, rowLimit(page)];
  const isOfBlueprint = blueprintId === undefined ? '' : `and x.blueprint_id = ${unseen('$6', 'uuid')}`;
  return {
    name: `iceos_list_executions_${order}${blueprintId === undefined ? '' : '_of_blueprint'}`,
    text: `select ${COLUMNS} from unnest($2::int2[]) as s(status)
      cross join lateral (
        select x.* from executions x
        where x.tenant = $1 ${isOfBlueprint}
          and (x.status, x.id) < (s.status, $3::uuid) and (x.status, x.id) > (s.status, $4::uuid)
        order by x.status ${order}, x.id ${order} limit $5) e
      order by e.id ${order} limit $5`,
    values: blueprintId === undefined ? values : [...values, blueprintId],
  };
}
