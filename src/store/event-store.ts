import type { ExecutionId, TenantId } from '../core/ids.ts';
import { MIB } from '../core/units.ts';
import type { EventRow } from '../execution/codec.ts';
import type { ExecutionEvent, RecordedEvent } from '../execution/events.ts';
import type { JournalPage } from '../execution/journal-page.ts';
import type { ExecutionProjection } from '../execution/projection.ts';
import type { Batcher } from './batcher.ts';
import { createDecodeRows } from './decode-rows.ts';
import { createRequestStore, type RequestStore, type RequestStoreDeps } from './requests.ts';

export interface AppendRequest {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  readonly leaseToken: number;
  /** The first has sequence `expected + 1`; no gaps. */
  readonly events: readonly ExecutionEvent[];
  readonly expected: number;
  readonly projection: ExecutionProjection;
  /** Set when the execution is to be woken at that instant, null to clear; absent: `due_at` stays. */
  readonly dueAt?: number | null;
}

/** `moved`: somebody else's request came first. `stale`: the lease is gone. */
export type AppendAnswer = 'wrote' | 'moved' | 'stale';

/** Payload that one read gives; one event is given whatever its size. */
export const READ_BYTES = 8 * MIB;

/** The journal. */
export interface EventStore extends RequestStore {
  /**
   * Group commit: everything that waits leaves in one statement, the next when the last has committed.
   * Rejects only when the database does not answer; an unknown commit is settled by reading the journal.
   */
  append(request: AppendRequest): Promise<AppendAnswer>;
  /** Events after `after` (exclusive), oldest first, at most `limit` of them and `READ_BYTES`. */
  read(tenant: TenantId, executionId: ExecutionId, after: number, limit: number): Promise<JournalPage>;
  /** Events before `before` (exclusive), oldest first; the same bounds. */
  readBackward(tenant: TenantId, executionId: ExecutionId, before: number, limit: number): Promise<JournalPage>;
  /**
   * The events after a place of many executions, in one statement for each tenant: for followers that were hinted. Of each execution at
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

export interface EventStoreDeps extends RequestStoreDeps {
  readonly batcher: Pick<Batcher, 'append'>;
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

const READ_MANY = `select r.ord::int4 as ord, v.found, ${COLUMNS}
  from unnest($2::uuid[], $3::int4[]) with ordinality as r(execution_id, after, ord)
  cross join lateral (${bounded(
    `select * from tenant_execution_events t
      where t.execution_id = r.execution_id and t.tenant = $1 and t.sequence > r.after
      order by t.sequence limit $4`,
    'sequence',
  )}) v
  where v.bytes_before < $5
  order by r.ord, v.sequence`;

/** The journal on the database. */
export function createEventStore(deps: EventStoreDeps): EventStore {
  const { of } = deps.database;
  const decode = createDecodeRows(deps.database);
  const toPage = async (
    { tenant, executionId }: { readonly tenant: TenantId; readonly executionId: ExecutionId },
    rows: readonly PageRow[],
    limit: number,
  ): Promise<JournalPage> => ({
    ...(await decode(tenant, rows, () => executionId)),
    more: rows.length > 0 && ((rows[0]?.found ?? 0) > rows.length || rows.length === limit),
  });
  return {
    append: (request) => deps.batcher.append(request),
    ...createRequestStore(deps),
    // eslint-disable-next-line max-params -- the order of the interface that readers know
    async read(tenant, executionId, after, limit) {
      const { rows } = await of(tenant).query<PageRow>({
        name: 'iceos_read_events',
        text: `select v.found, ${COLUMNS} from (${bounded(
          `select * from tenant_execution_events t
            where t.execution_id = $1 and t.tenant = $2 and t.sequence > $3 order by t.sequence limit $4`,
          'sequence',
        )}) v where v.bytes_before < $5 order by v.sequence`,
        values: [executionId, tenant, after, limit, READ_BYTES],
      });
      return toPage({ tenant, executionId }, rows, limit);
    },
    // eslint-disable-next-line max-params -- the order of the interface that readers know
    async readBackward(tenant, executionId, before, limit) {
      const { rows } = await of(tenant).query<PageRow>({
        name: 'iceos_read_events_backward',
        text: `select v.found, ${COLUMNS} from (${bounded(
          `select * from tenant_execution_events t
            where t.execution_id = $1 and t.tenant = $2 and t.sequence < $3 order by t.sequence desc limit $4`,
          'sequence desc',
        )}) v where v.bytes_before < $5 order by v.sequence`,
        values: [executionId, tenant, before, limit, READ_BYTES],
      });
      return toPage({ tenant, executionId }, rows, limit);
    },
    async readMany(requests, each) {
      const pages = requests.map((): PageRow[] => []);
      const places = new Map<TenantId, number[]>();
      for (const [place, { tenant }] of requests.entries()) {
        const asked = places.get(tenant) ?? [];
        asked.push(place);
        places.set(tenant, asked);
      }
      const readOf = async (tenant: TenantId, asked: readonly number[]): Promise<void> => {
        const { rows } = await of(tenant).query<PageRow & { readonly ord: number }>({
          name: 'iceos_read_many_events',
          text: READ_MANY,
          values: [
            tenant,
            asked.map((place) => requests[place]?.executionId),
            asked.map((place) => requests[place]?.after),
            each.events,
            each.bytes,
          ],
        });
        for (const row of rows) pages[asked[row.ord - 1] ?? -1]?.push(row);
      };
      await Promise.all([...places].map(([tenant, asked]) => readOf(tenant, asked)));
      return Promise.all(requests.map((request, place) => toPage(request, pages[place] ?? [], each.events)));
    },
    async getEvents(tenant, keys) {
      const { rows } = await of(tenant).query<EventRow & { readonly ord: number }>({
        name: 'iceos_get_events',
        text: `select k.ord::int4 as ord, ${COLUMNS}
          from unnest($2::uuid[], $3::int4[]) with ordinality as k(execution_id, sequence, ord)
          join tenant_execution_events v
            on v.execution_id = k.execution_id and v.sequence = k.sequence and v.tenant = $1`,
        values: [tenant, keys.map(({ executionId }) => executionId), keys.map(({ sequence }) => sequence)],
      });
      const { events } = await decode(tenant, rows, ({ ord }) => keys[ord - 1]?.executionId);
      const byPlace = new Map(rows.map(({ ord }, index) => [ord, events[index]]));
      return keys.map((_, index) => byPlace.get(index + 1));
    },
  };
}
