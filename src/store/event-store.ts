import type { ExecutionId, TenantId } from '../core/ids.ts';
import { MIB } from '../core/units.ts';
import { fromRow, type EventRow } from '../execution/codec.ts';
import type { Committed } from '../execution/committed.ts';
import { EVENT_FORMAT, EVENT_TYPE_CODES, type ExecutionEvent, type RecordedEvent } from '../execution/events.ts';
import type { JournalPage } from '../execution/journal-page.ts';
import { STATUS_CODES, type ExecutionStatus } from '../execution/status.ts';
import type { Batcher, BatcherDeps } from './batcher.ts';
import type { Database } from './database.ts';

/** The projection that is written with an append. */
export interface Projection {
  readonly status: ExecutionStatus;
  readonly done: number;
  readonly total: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMemoryBytes: number;
}

export interface AppendRequest {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  readonly leaseToken: number;
  /** The first has sequence `expected + 1`; no gaps. */
  readonly events: readonly ExecutionEvent[];
  readonly expected: number;
  readonly projection: Projection;
  /** Set when the execution is to be woken at that instant, null to clear; absent: `due_at` stays. */
  readonly dueAt?: number | null;
}

/** `moved`: somebody else's request came first. `stale`: the lease is gone. */
export type AppendAnswer = 'wrote' | 'moved' | 'stale';

/** Payload that one read gives; one event is given whatever its size. */
export const READ_BYTES = 8 * MIB;

/** The journal. */
export interface EventStore {
  /**
   * Group commit: everything that waits leaves in one statement, the next when the last has committed.
   * Rejects only when the database does not answer; an unknown commit is settled by reading the journal.
   */
  append(request: AppendRequest): Promise<AppendAnswer>;
  /** A client's `cancelRequested`: takes the next sequence, wakes the owner. `finished`: nothing to cancel. */
  requestCancel(request: {
    readonly tenant: TenantId;
    readonly executionId: ExecutionId;
    readonly at: number;
    readonly requestedBy: string;
    readonly reason: string | undefined;
  }): Promise<'recorded' | 'alreadyRequested' | 'finished' | 'notFound'>;
  /** Events after `after` (exclusive), oldest first, at most `limit` of them and `READ_BYTES`. */
  read(tenant: TenantId, executionId: ExecutionId, after: number, limit: number): Promise<JournalPage>;
  /** Events before `before` (exclusive), oldest first; the same bounds. */
  readBackward(tenant: TenantId, executionId: ExecutionId, before: number, limit: number): Promise<JournalPage>;
  /**
   * The events after a place of many executions in one statement: for followers that were hinted. Of each execution at
   * most so many events, and bytes of payload, but always one; `more` when that cut the page.
   */
  readMany(
    requests: readonly { readonly tenant: TenantId; readonly executionId: ExecutionId; readonly after: number }[],
    each: { readonly events: number; readonly bytes: number },
  ): Promise<readonly JournalPage[]>;
  /** Single events, e.g. the first and the last of many executions: undefined where there is none. */
  getEvents(
    tenant: TenantId,
    keys: readonly { readonly executionId: ExecutionId; readonly sequence: number }[],
  ): Promise<readonly (RecordedEvent | undefined)[]>;
}

export interface EventStoreDeps {
  readonly database: Pick<Database, 'query'>;
  readonly batcher: Pick<Batcher, 'append'>;
  /** Hears of requests; the batcher tells of appends. */
  readonly onCommitted?: ((committed: readonly Committed[]) => void) | undefined;
  readonly hint?: BatcherDeps['hint'];
}

const COLUMNS = 'v.sequence, v.at, v.type, v.path, v.attempt, v.payload';

interface PageRow extends EventRow {
  /** Rows within the limit of events, before that of bytes. */
  readonly found: number;
}

/** A page with the payload's bytes before each row; the length of a payload is known without reading it. */
const bounded = (page: string, order: string): string => `select *, (count(*) over ())::int4 as found,
    coalesce(sum(octet_length(payload)) over (order by ${order} rows between unbounded preceding and 1 preceding), 0)
      as bytes_before
  from (${page}) page`;

const toPage = (rows: readonly PageRow[], limit: number): JournalPage => ({
  events: rows.map(fromRow),
  more: rows.length > 0 && ((rows[0]?.found ?? 0) > rows.length || rows.length === limit),
});

// The row lock orders requests and appends; `max(sequence) + 1` without it would make the owner's whole batch fail.
const REQUEST_CANCEL = `with f as (
    update executions set last_sequence = last_sequence + 1, last_at = greatest(last_at, $3::int8), due_at = now(),
      cancel_requested_at = now()
    where id = $1 and tenant = $2 and status < 4 and cancel_requested_at is null
    returning id, last_sequence, last_at),
  i as (
    insert into execution_events (execution_id, sequence, at, event_format, type, payload)
    select id, last_sequence, last_at, ${EVENT_FORMAT}, ${EVENT_TYPE_CODES.cancelRequested}, $4 from f)
  select last_sequence as sequence, last_at::float8 as at from f`;

/** The journal on the database. */
export function createEventStore(deps: EventStoreDeps): EventStore {
  const { query } = deps.database;
  return {
    append: (request) => deps.batcher.append(request),
    requestCancel: (request) => requestCancel(deps, request),
    // eslint-disable-next-line max-params -- the order of the interface that readers know
    async read(tenant, executionId, after, limit) {
      const { rows } = await query<PageRow>({
        name: 'iceos_read_events',
        text: `select v.found, ${COLUMNS} from (${bounded(
          `select * from tenant_execution_events t
            where t.execution_id = $1 and t.tenant = $2 and t.sequence > $3 order by t.sequence limit $4`,
          'sequence',
        )}) v where v.bytes_before < $5 order by v.sequence`,
        values: [executionId, tenant, after, limit, READ_BYTES],
      });
      return toPage(rows, limit);
    },
    // eslint-disable-next-line max-params -- the order of the interface that readers know
    async readBackward(tenant, executionId, before, limit) {
      const { rows } = await query<PageRow>({
        name: 'iceos_read_events_backward',
        text: `select v.found, ${COLUMNS} from (${bounded(
          `select * from tenant_execution_events t
            where t.execution_id = $1 and t.tenant = $2 and t.sequence < $3 order by t.sequence desc limit $4`,
          'sequence desc',
        )}) v where v.bytes_before < $5 order by v.sequence`,
        values: [executionId, tenant, before, limit, READ_BYTES],
      });
      return toPage(rows, limit);
    },
    async readMany(requests, each) {
      const { rows } = await query<PageRow & { readonly ord: number }>({
        name: 'iceos_read_many_events',
        text: `select r.ord::int4 as ord, v.found, ${COLUMNS}
          from unnest($1::uuid[], $2::uuid[], $3::int4[]) with ordinality as r(tenant, execution_id, after, ord)
          cross join lateral (${bounded(
            `select * from tenant_execution_events t
              where t.execution_id = r.execution_id and t.tenant = r.tenant and t.sequence > r.after
              order by t.sequence limit $4`,
            'sequence',
          )}) v
          where v.bytes_before < $5
          order by r.ord, v.sequence`,
        values: [
          requests.map(({ tenant }) => tenant),
          requests.map(({ executionId }) => executionId),
          requests.map(({ after }) => after),
          each.events,
          each.bytes,
        ],
      });
      const pages = requests.map((): PageRow[] => []);
      for (const row of rows) pages[row.ord - 1]?.push(row);
      return pages.map((page) => toPage(page, each.events));
    },
    async getEvents(tenant, keys) {
      const { rows } = await query<EventRow & { readonly ord: number }>({
        name: 'iceos_get_events',
        text: `select k.ord::int4 as ord, ${COLUMNS}
          from unnest($2::uuid[], $3::int4[]) with ordinality as k(execution_id, sequence, ord)
          join tenant_execution_events v
            on v.execution_id = k.execution_id and v.sequence = k.sequence and v.tenant = $1`,
        values: [tenant, keys.map(({ executionId }) => executionId), keys.map(({ sequence }) => sequence)],
      });
      const events = new Map(rows.map((row) => [row.ord, fromRow(row)]));
      return keys.map((_, index) => events.get(index + 1));
    },
  };
}

type CancelRequest = Parameters<EventStore['requestCancel']>[0];

async function requestCancel(deps: EventStoreDeps, request: CancelRequest): ReturnType<EventStore['requestCancel']> {
  const { tenant, executionId, at, requestedBy, reason } = request;
  for (;;) {
    const facts = { requestedBy, ...(reason === undefined ? {} : { reason }) };
    const { rows } = await deps.database.query<{ readonly sequence: number; readonly at: number }>({
      name: 'iceos_request_cancel',
      text: REQUEST_CANCEL,
      values: [executionId, tenant, Math.round(at), JSON.stringify(facts)],
    });
    const [written] = rows;
    if (written) {
      await tellCommitted(deps, { executionId, tenant, event: { type: 'cancelRequested', ...written, ...facts } });
      return 'recorded';
    }
    const answer = await whyNotCanceled(deps, request);
    // Between the two statements nothing can make it cancelable again but its first appearance.
    if (answer !== undefined) return answer;
  }
}

async function whyNotCanceled(
  { database }: EventStoreDeps,
  { executionId, tenant }: CancelRequest,
): Promise<'alreadyRequested' | 'finished' | 'notFound' | undefined> {
  const { rows } = await database.query<{ readonly status: number; readonly requested: boolean }>({
    name: 'iceos_why_not_canceled',
    text: 'select status, cancel_requested_at is not null as requested from executions where id = $1 and tenant = $2',
    values: [executionId, tenant],
  });
  const [row] = rows;
  if (!row) return 'notFound';
  if (row.status >= STATUS_CODES.succeeded) return 'finished';
  return row.requested ? 'alreadyRequested' : undefined;
}

/** A request is rare: its hint is always sent, whoever listens, in a statement of its own that nobody waits for long. */
async function tellCommitted(
  { database, hint, onCommitted }: EventStoreDeps,
  { executionId, tenant, event }: { executionId: ExecutionId; tenant: TenantId; event: ExecutionEvent },
): Promise<void> {
  const committed: readonly Committed[] = [{ executionId, tenant, lastSequence: event.sequence, events: [event] }];
  onCommitted?.(committed);
  if (!hint) return;
  const values = [hint.channel, hint.text(committed)];
  // A lost hint costs latency only: the owner looks each second at what is due.
  await database.query({ name: 'iceos_notify', text: 'select pg_notify($1, $2)', values }).catch(() => undefined);
}
