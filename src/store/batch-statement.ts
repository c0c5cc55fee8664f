import type { QueryConfig } from 'pg';
import { EVENT_FORMAT } from '../execution/events.ts';
import type { EventRow } from '../execution/codec.ts';
import { STATUS_CODES } from '../execution/status.ts';
import { auditedEach, auditValue } from './audit-rows.ts';
import { float8Array, instantArray, int2Array, int4Array, int8Array, textArray, uuidArray } from './binary-array.ts';
import type { AppendRequest } from './event-store.ts';
import type { StartRequest } from './execution-store.ts';

interface WithColumns {
  readonly columns: readonly EventRow[];
}
export interface BatchAppend extends WithColumns {
  readonly request: AppendRequest;
}
export interface BatchStart extends WithColumns {
  readonly request: StartRequest;
}

export interface Batch {
  readonly appends: readonly BatchAppend[];
  readonly starts: readonly BatchStart[];
  /** Sent with the commit when there is one: the text of a NOTIFY on `channel`. */
  readonly hint: { readonly channel: string; readonly text: string } | undefined;
}

// `num_nonnulls` and not `is not null`: the planner must not take the index by owner, which ended executions fill until the
// next vacuum; each row is found by its key.
const UPDATE = `update executions e
    set last_sequence = h.last, last_at = h.at, status = h.status, done_count = h.done, total_count = h.total,
      cpu_ms = h.cpu, wall_ms = h.wall, peak_memory_bytes = h.memory,
      input_tokens = h.input, output_tokens = h.output, cost_usd_micros = h.cost,
      due_at = case when h.status >= 4 or h.due = '-infinity' then null else coalesce(h.due, e.due_at) end,
      lease_owner = case when h.status >= 4 then null else e.lease_owner end
    from unnest($1::uuid[], $2::int8[], $3::int4[], $4::int4[], $5::int8[], $6::int2[], $7::int4[], $8::int4[],
      $9::float8[], $10::float8[], $11::float8[], $12::int8[], $13::int8[], $14::int8[], $15::timestamptz[])
      with ordinality as h(id, token, expected, last, at, status, done, total, cpu, wall, memory, input, output, cost, due, ord)
    where e.id = h.id and e.lease_token = h.token and e.last_sequence = h.expected and num_nonnulls(e.lease_owner) = 1
    returning e.id, h.ord::int4 as ord, h.token`;

const EVENT_COLUMNS = 'execution_id, at, lease_token, sequence, attempt, event_format, type, path, payload';

const eventsOf = (written: string): string =>
  `insert into execution_events (${EVENT_COLUMNS})
    select w.id, v.at, w.token, v.sequence, v.attempt, ${EVENT_FORMAT}, v.type, v.path, v.payload
    from unnest($16::int4[], $17::int4[], $18::int8[], $19::int2[], $20::int4[], $21::text[], $22::text[])
      as v(ord, sequence, at, type, attempt, path, payload)
    join ${written} w on w.ord = v.ord`;

// Evaluated only when a text is given. A notification leaves with the commit, or never.
const HINT = `(select pg_notify($23::text, $24::text) where $24::text is not null)`;

/**
 * The append of many executions in one statement: the update of the projection is the fence, and what passes it gets
 * its events. The headers are sorted by id, or processes that write the same rows deadlock.
 */
const APPENDS = `with f as (${UPDATE}),
  i as (${eventsOf('f')})
select (select count(*)::int4 from f) as n,
  case when (select count(*) from f) < cardinality($1::uuid[]) then array(select ord from f) end as ok,
  ${HINT} as hint`;

/** The same with new executions, so that a mixed load still is one commit a batch. */
const APPENDS_AND_STARTS = `with f as (${UPDATE}),
  r as (select * from unnest($25::uuid[], $26::uuid[], $27::uuid[], $28::int4[], $29::uuid[], $30::timestamptz[],
      $31::int4[], $32::int8[], $33::int2[], $34::int4[], $35::int4[], $36::text[], $37::text[], $38::text[]) with ordinality
      as r(id, tenant, blueprint, version, owner, requested_at, last, at, status, done, total, key, hash, audit, ord)),
  s as (insert into executions (id, tenant, root_execution_id, blueprint_id, blueprint_version, lease_owner, lease_token,
      requested_at, due_at, last_sequence, last_at, status, done_count, total_count, cpu_ms, wall_ms, peak_memory_bytes,
      event_format, idempotency_key, idempotency_hash)
    select id, tenant, id, blueprint, version, case when status < 4 then owner end,
      case when owner is null then 0 else 1 end, requested_at,
      case when owner is null and status < 4 then now() end, last, at, status, done, total, 0, 0, 0,
      ${EVENT_FORMAT}, key, hash
    from r order by key, id
    on conflict do nothing
    returning id, lease_token),
  ${auditedEach('s join r on r.id = s.id')},
  w as (select id, ord, token from f
    union all
    select r.id, (cardinality($1::uuid[]) + r.ord)::int4, s.lease_token from s join r on r.id = s.id),
  i as (${eventsOf('w')})
select (select count(*)::int4 from w) as n,
  case when (select count(*) from w) < cardinality($1::uuid[]) + cardinality($25::uuid[])
    then array(select ord from w) end as ok,
  ${HINT} as hint`;

/** One row: how many entries were written, and, when not all were, which (1-based; starts count on after appends). */
export interface BatchRow {
  readonly n: number;
  readonly ok: readonly number[] | null;
}

/** The statement of a batch, whose appends must be sorted by execution. */
export function toStatement({ appends, starts, hint }: Batch): QueryConfig {
  const values = [
    ...appendValues(appends),
    ...eventValues([...appends, ...starts]),
    hint?.channel ?? '',
    hint?.text ?? null,
  ];
  if (starts.length === 0) return { name: 'iceos_appends', text: APPENDS, values };
  return { name: 'iceos_appends_and_starts', text: APPENDS_AND_STARTS, values: [...values, ...startValues(starts)] };
}

const lastOf = ({ columns }: WithColumns): EventRow | undefined => columns.at(-1);

function appendValues(appends: readonly BatchAppend[]): Buffer[] {
  const projections = appends.map(({ request }) => request.projection);
  return [
    uuidArray(appends.map(({ request }) => request.executionId)),
    int8Array(appends.map(({ request }) => request.leaseToken)),
    int4Array(appends.map(({ request }) => request.expected)),
    int4Array(appends.map(({ request, columns }) => request.expected + columns.length)),
    int8Array(appends.map((append) => lastOf(append)?.at ?? 0)),
    int2Array(projections.map(({ status }) => STATUS_CODES[status])),
    int4Array(projections.map(({ done }) => done)),
    int4Array(projections.map(({ total }) => total)),
    float8Array(projections.map(({ cpuMs }) => cpuMs)),
    float8Array(projections.map(({ wallMs }) => wallMs)),
    float8Array(projections.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    int8Array(projections.map(({ inputTokens }) => inputTokens)),
    int8Array(projections.map(({ outputTokens }) => outputTokens)),
    // Exact up to nine billion dollars.
    int8Array(projections.map(({ costUsdMicros }) => Number(costUsdMicros))),
    instantArray(appends.map(({ request }) => (request.dueAt === null ? -Infinity : request.dueAt))),
  ];
}

function eventValues(entries: readonly WithColumns[]): Buffer[] {
  const ords: number[] = [];
  const rows: EventRow[] = [];
  let ord = 0;
  for (const { columns } of entries) {
    ord += 1;
    for (const row of columns) {
      ords.push(ord);
      rows.push(row);
    }
  }
  return [
    int4Array(ords),
    int4Array(rows.map(({ sequence }) => sequence)),
    int8Array(rows.map(({ at }) => at)),
    int2Array(rows.map(({ type }) => type)),
    int4Array(rows.map(({ attempt }) => attempt)),
    textArray(rows.map(({ path }) => path)),
    textArray(rows.map(({ payload }) => payload)),
  ];
}

function startValues(starts: readonly BatchStart[]): Buffer[] {
  const requests = starts.map(({ request }) => request);
  return [
    uuidArray(requests.map(({ id }) => id)),
    uuidArray(requests.map(({ tenant }) => tenant)),
    uuidArray(requests.map(({ blueprintId }) => blueprintId)),
    int4Array(requests.map(({ blueprintVersion }) => blueprintVersion)),
    uuidArray(requests.map(({ owner }) => owner)),
    instantArray(starts.map(({ columns }) => columns[0]?.at)),
    int4Array(starts.map(({ columns }) => columns.length)),
    int8Array(starts.map((start) => lastOf(start)?.at ?? 0)),
    int2Array(requests.map(({ projection }) => STATUS_CODES[projection.status])),
    int4Array(requests.map(({ projection }) => projection.done)),
    int4Array(requests.map(({ projection }) => projection.total)),
    textArray(requests.map(({ idempotency }) => idempotency?.key)),
    textArray(requests.map(({ idempotency }) => idempotency?.argumentsHash)),
    textArray(requests.map(({ audit }) => auditValue(audit))),
  ];
}
