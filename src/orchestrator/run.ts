import type { Plan } from '../blueprint/plan.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { ExecutionEvent } from '../execution/events.ts';
import type { ExecutionProjection } from '../execution/projection.ts';
import type { ExecutionState } from '../execution/state.ts';
import type { LiveTexts } from '../live/live-texts.ts';
import type { AppendAnswer, EventStore } from '../store/event-store.ts';
import type { LedgerStore } from '../store/ledger-store.ts';
import type { LeaseStore } from '../store/lease-store.ts';
import type { Executors, Pinned } from './executor.ts';
import type { JournalClock } from './journal-clock.ts';
import type { ExecutionValues } from './execution-values.ts';

export interface RunDeps {
  readonly events: EventStore;
  readonly leases: Pick<LeaseStore, 'park'>;
  readonly ledger: Pick<LedgerStore, 'settleEstimated' | 'chargedTo'>;
  readonly values: ExecutionValues;
  readonly texts: Pick<LiveTexts, 'open'>;
  readonly executors: Executors;
  readonly clock: JournalClock;
  readonly pureNodes: 'commit' | 'ride';
  /** A timer that is further away gives the lease up. */
  readonly parkAfterMs: number;
  readonly defaultDeadlineMs: number;
  readonly pinOf: (plan: Plan) => Pinned;
  /** The state as the journal has it. */
  readonly readState: (of: OwnedExecution) => Promise<ExecutionState>;
  readonly reportFault: (error: unknown, of?: Pick<OwnedExecution, 'executionId'>) => void;
}

export interface OwnedExecution {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  readonly token: number;
  readonly previousOwnerDied: boolean;
}

/** `stale`: the lease is gone. `released`: the process shuts down and gives it back. */
export type RunEnd = 'finished' | 'parked' | 'stale' | 'released';

/** One execution that this process carries forward. */
export interface Run {
  readonly executionId: ExecutionId;
  /** Settles when this process has nothing more to do with the execution. */
  readonly ended: Promise<RunEnd>;
  /** Says that somebody appended a request. */
  look(): void;
  /** Begins nothing that has an effect any more; ends when what runs has ended. */
  drain(): void;
  /** Stops what runs. At a shutdown it is recorded as abandoned; with the lease lost nothing is written any more. */
  stop(cause: 'shutdown' | 'leaseLost'): Promise<void>;
}

export interface RunStart {
  readonly of: OwnedExecution;
  readonly state: ExecutionState;
  /** Of an execution that is not in the database yet: its request, and how that is committed with the first append. */
  readonly create?:
    | {
        readonly requested: ExecutionEvent;
        commit(events: readonly ExecutionEvent[], projected: ExecutionProjection): Promise<AppendAnswer>;
      }
    | undefined;
}
