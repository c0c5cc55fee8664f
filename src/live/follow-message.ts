import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { CursorExpired, NotFoundError } from '../core/errors.ts';
import type { Failure, RecordedEvent } from '../execution/events.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { ExecutionState, NodeState, StoredValue } from '../execution/state.ts';

/** An execution as the fold of its events shows it. */
export interface ExecutionNow extends ExecutionRecord {
  /** Present when the state is at hand: what rows do not say. */
  readonly values?: {
    readonly input: StoredValue;
    readonly output: StoredValue | undefined;
    readonly failure: Failure | undefined;
    /** What it may cost by now, and what its blueprint bounds that by. */
    readonly budget: ExecutionState['budget'];
    readonly ceilingUsdMicros: bigint | undefined;
  };
}

/** A node of an execution as it is now; a copy, which later events do not change. */
export interface NodeNow extends Pick<
  NodeState,
  'path' | 'status' | 'attempt' | 'startedAt' | 'finishedAt' | 'retryAt' | 'failure' | 'usage' | 'receipt' | 'progress'
> {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  readonly kind: string;
}

/** You are level: replace what you hold. */
export interface SnapshotMessage {
  readonly type: 'snapshot';
  /** Of the last event that it contains. */
  readonly sequence: number;
  readonly execution: ExecutionNow;
  readonly nodes: readonly NodeNow[];
}

/** The next events; execution and nodes are never older than `sequence`. */
export interface EventsMessage {
  readonly type: 'events';
  readonly sequence: number;
  readonly events: readonly RecordedEvent[];
  readonly execution: ExecutionNow;
  readonly nodes: readonly NodeNow[];
}

/** The last message of a stream whose reader was too slow. */
export interface LaggedMessage {
  readonly type: 'lagged';
  readonly sequence: number;
}

export type StreamMessage = SnapshotMessage | EventsMessage | LaggedMessage;

/** What a follower of an execution hears; the errors are a stream of one message. */
export type FollowMessage =
  | StreamMessage
  | { readonly type: 'notFound'; readonly error: NotFoundError }
  | { readonly type: 'expired'; readonly error: CursorExpired };
