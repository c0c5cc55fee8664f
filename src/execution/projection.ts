import type { StateCell } from './cells.ts';
import type { ExecutionState } from './state.ts';
import { isFinished, type ExecutionStatus } from './status.ts';

/** What an execution's row shows in lists; written with every append. */
export interface ExecutionProjection {
  readonly status: ExecutionStatus;
  readonly done: number;
  readonly total: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMemoryBytes: number;
}

/** The projection of a state, without looking at its nodes. */
export function projection({ status, progress, usage }: ExecutionState): ExecutionProjection {
  return {
    status,
    done: progress.done,
    total: progress.total,
    cpuMs: usage.cpuMs,
    wallMs: usage.wallMs,
    peakMemoryBytes: usage.peakMemoryBytes,
  };
}

/** Sets `running` or `waiting` of an execution that goes on. */
export function stepStatus(state: StateCell): void {
  if (state.status === 'pending' || isFinished(state.status)) return;
  state.status = state.agenda.timers.length > 0 && !hasWork(state) ? 'waiting' : 'running';
}

function hasWork({ agenda, running }: StateCell): boolean {
  return (
    running.size > 0 ||
    agenda.ready.size > 0 ||
    agenda.skips.size > 0 ||
    agenda.failures.size > 0 ||
    agenda.cancels.size > 0 ||
    agenda.bodies.size > 0 ||
    agenda.closings.size > 0
  );
}
