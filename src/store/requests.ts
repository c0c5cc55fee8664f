import type { AuditEntry } from '../core/audit.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { Committed } from '../execution/committed.ts';
import { EVENT_FORMAT, EVENT_TYPE_CODES, type ExecutionEvent, type RecordedBudget } from '../execution/events.ts';
import { STATUS_CODES } from '../execution/status.ts';
import { auditedWhere, auditValue } from './audit-rows.ts';
import type { BatcherDeps } from './batcher.ts';
import type { Database } from './database.ts';

/** What a client asks of an execution. */
export interface ExecutionRequest {
  readonly tenant: TenantId;
  readonly executionId: ExecutionId;
  readonly at: number;
  readonly requestedBy: string;
  readonly audit?: AuditEntry | undefined;
}
export interface ReasonedRequest extends ExecutionRequest {
  readonly reason: string | undefined;
}
export interface ResumeRequest extends ExecutionRequest {
  readonly budget: RecordedBudget | undefined;
}

/** `alreadyRequested`: nothing was written, as it would change nothing. `finished`: it is too late. */
export type RequestAnswer = 'recorded' | 'alreadyRequested' | 'finished' | 'notFound';

/** Requests of clients in the journal: each takes the next sequence, under the row's lock, and wakes the owner. */
export interface RequestStore {
  requestCancel(request: ReasonedRequest): Promise<RequestAnswer>;
  /** From its event on nothing begins. Changes nothing of what is paused, or was canceled before. */
  requestPause(request: ReasonedRequest): Promise<RequestAnswer>;
  /** Changes nothing of what is not paused, unless it brings a budget, or was canceled before. */
  requestResume(request: ResumeRequest): Promise<RequestAnswer>;
}

export interface RequestStoreDeps {
  readonly database: Pick<Database, 'of'>;
  /** Hears of requests; the batcher tells of appends. */
  readonly onCommitted?: ((committed: readonly Committed[]) => void) | undefined;
  readonly hint?: BatcherDeps['hint'];
}

interface Kind {
  readonly name: string;
  readonly type: 'cancelRequested' | 'pauseRequested' | 'resumeRequested';
  /** What of the row must hold, that the request changes something. */
  readonly when: string;
  readonly set: string;
}

// Older processes do not know these events: from here on they leave the execution to those that do.
const RAISE_FORMAT = `event_format = greatest(event_format, ${EVENT_FORMAT})`;

const CANCEL: Kind = {
  name: 'cancel',
  type: 'cancelRequested',
  when: 'cancel_requested_at is null',
  set: 'cancel_requested_at = now()',
};
// The status says whether a pause holds: the fold gives it the same value at the same event.
const PAUSE: Kind = {
  name: 'pause',
  type: 'pauseRequested',
  when: `cancel_requested_at is null and status <> ${STATUS_CODES.paused}`,
  set: `status = ${STATUS_CODES.paused}, ${RAISE_FORMAT}`,
};
const RESUME: Kind = {
  name: 'resume',
  type: 'resumeRequested',
  when: `cancel_requested_at is null and status = ${STATUS_CODES.paused}`,
  set: `status = ${STATUS_CODES.running}, ${RAISE_FORMAT}`,
};
const CHANGE_BUDGET: Kind = {
  name: 'change_budget',
  type: 'resumeRequested',
  when: 'cancel_requested_at is null',
  set: `status = case when status = ${STATUS_CODES.paused} then ${STATUS_CODES.running} else status end, ${RAISE_FORMAT}`,
};

// The row lock orders requests and appends; `max(sequence) + 1` without it would make the owner's whole batch fail.
const statementOf = ({ type, when, set }: Kind): string => `with f as (
    update executions set last_sequence = last_sequence + 1, last_at = greatest(last_at, $3::int8), due_at = now(), ${set}
    where id = $1 and tenant = $2 and status < ${STATUS_CODES.succeeded} and ${when}
    returning id, last_sequence, last_at),
  i as (
    insert into execution_events (execution_id, sequence, at, event_format, type, payload)
    select id, last_sequence, last_at, ${EVENT_FORMAT}, ${EVENT_TYPE_CODES[type]}, $4 from f),
  ${auditedWhere('$5', 'f')}
  select last_sequence as sequence, last_at::float8 as at from f`;

/** Requests on the database. */
export function createRequestStore(deps: RequestStoreDeps): RequestStore {
  return {
    requestCancel: ({ requestedBy, reason, ...of }) =>
      record(deps, CANCEL, {
        of,
        facts: { type: 'cancelRequested', requestedBy, ...(reason !== undefined && { reason }) },
      }),
    requestPause: ({ requestedBy, reason, ...of }) =>
      record(deps, PAUSE, {
        of,
        facts: { type: 'pauseRequested', requestedBy, ...(reason !== undefined && { reason }) },
      }),
    requestResume: ({ requestedBy, budget, ...of }) =>
      record(deps, budget === undefined ? RESUME : CHANGE_BUDGET, {
        of,
        facts: { type: 'resumeRequested', requestedBy, ...(budget && { budget }) },
      }),
  };
}

type Facts<E = ExecutionEvent> = E extends { readonly type: Kind['type'] } ? Omit<E, 'sequence' | 'at'> : never;

interface Recorded {
  readonly of: Omit<ExecutionRequest, 'requestedBy'>;
  readonly facts: Facts;
}

async function record(deps: RequestStoreDeps, kind: Kind, { of, facts }: Recorded): Promise<RequestAnswer> {
  const { tenant, executionId, at, audit } = of;
  for (;;) {
    const { rows } = await deps.database.of(tenant).query<{ readonly sequence: number; readonly at: number }>({
      name: `iceos_request_${kind.name}`,
      text: statementOf(kind),
      values: [executionId, tenant, Math.round(at), JSON.stringify({ ...facts, type: undefined }), auditValue(audit)],
    });
    const [written] = rows;
    if (written) {
      await tellCommitted(deps, { executionId, tenant, event: { ...written, ...facts } });
      return 'recorded';
    }
    const answer = await whyNot(deps, kind, of);
    // Somebody came between the two statements: ask again.
    if (answer !== undefined) return answer;
  }
}

async function whyNot(
  { database }: RequestStoreDeps,
  kind: Kind,
  { executionId, tenant }: Recorded['of'],
): Promise<RequestAnswer | undefined> {
  const { rows } = await database.of(tenant).query<{ readonly status: number; readonly changes: boolean }>({
    name: `iceos_why_no_${kind.name}`,
    text: `select status, ${kind.when} as changes from executions where id = $1 and tenant = $2`,
    values: [executionId, tenant],
  });
  const [row] = rows;
  if (!row) return 'notFound';
  if (row.status >= STATUS_CODES.succeeded) return 'finished';
  return row.changes ? undefined : 'alreadyRequested';
}

/** A request is rare: its hint is always sent, whoever listens, in a statement of its own that nobody waits for long. */
async function tellCommitted(
  { database, hint, onCommitted }: RequestStoreDeps,
  { executionId, tenant, event }: { executionId: ExecutionId; tenant: TenantId; event: ExecutionEvent },
): Promise<void> {
  const committed: readonly Committed[] = [{ executionId, tenant, lastSequence: event.sequence, events: [event] }];
  onCommitted?.(committed);
  if (!hint) return;
  const values = [hint.channel, hint.text(committed)];
  // A lost hint costs latency only: the owner looks each second at what is due.
  await database
    .of(tenant)
    .query({ name: 'iceos_notify', text: 'select pg_notify($1, $2)', values })
    .catch(() => undefined);
}
