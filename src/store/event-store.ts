import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { ExecutionEvent, RecordedEvent } from '../execution/events.ts';
import type { ExecutionStatus } from '../execution/status.ts';

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
  /** Events after `after` (exclusive), oldest first, at most `limit`. */
  read(tenant: TenantId, executionId: ExecutionId, after: number, limit: number): Promise<readonly RecordedEvent[]>;
  /** Events before `before` (exclusive), oldest first. */
  readBackward(tenant: TenantId, executionId: ExecutionId, before: number, limit: number): Promise<readonly RecordedEvent[]>;
  /** The newest sequences and events of many executions in one statement: for followers that were hinted. */
  readMany(
    requests: readonly { readonly tenant: TenantId; readonly executionId: ExecutionId; readonly after: number }[],
    limitEach: number,
  ): Promise<readonly (readonly RecordedEvent[])[]>;
  /** Single events, e.g. the first and the last of many executions: undefined where there is none. */
  getEvents(
    tenant: TenantId,
    keys: readonly { readonly executionId: ExecutionId; readonly sequence: number }[],
  ): Promise<readonly (RecordedEvent | undefined)[]>;
}
