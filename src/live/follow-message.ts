import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { CursorExpired, NotFoundError } from '../core/errors.ts';
import type { Failure, RecordedEvent } from '../execution/events.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { ExecutionState, NodeState, StoredValue } from '../execution/state.ts';
import type { DeltaChannel } from './text-buffer.ts';

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
  /** Absent: no attempt of it runs, or nothing was said. */
  readonly texts?: NodeTexts | undefined;
}

/** What the running attempt of a node has said so far; the newest part of it. */
export interface NodeTexts extends Readonly<
  Record<DeltaChannel, { readonly offset: number; readonly text: string | null }>
> {
  /** The beginning of a text is out of reach here, or may be. */
  readonly isMissing: boolean;
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

/** The next piece of what a running attempt says; no place in the journal. */
export interface DeltaMessage {
  readonly type: 'delta';
  readonly path: string;
  readonly attempt: number;
  readonly channel: DeltaChannel;
  /** Where it belongs, in UTF-16 units; what lies between the piece before and this one is missing. */
  readonly offset: number;
  readonly text: string;
}

/** The last message of a stream whose reader was too slow. */
export interface LaggedMessage {
  readonly type: 'lagged';
  readonly sequence: number;
}

export type StreamMessage = SnapshotMessage | EventsMessage | DeltaMessage | LaggedMessage;

/** What a follower of an execution hears; the errors are a stream of one message. */
export type FollowMessage =
  | StreamMessage
  | { readonly type: 'notFound'; readonly error: NotFoundError }
  | { readonly type: 'expired'; readonly error: CursorExpired };
