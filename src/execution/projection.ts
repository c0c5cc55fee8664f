import type { Usage } from '../usage/usage.ts';
import type { StateCell } from './cells.ts';
import type { ExecutionState } from './state.ts';
import { pauseEvent } from './pause.ts';
import { isFinished, type ExecutionStatus } from './status.ts';

/** What an execution's row shows in lists; written with every append. */
export interface ExecutionProjection extends Usage {
  readonly status: ExecutionStatus;
  readonly done: number;
  readonly total: number;
}

/** The projection of a state, without looking at its nodes. */
export const projection = ({ status, progress, usage }: ExecutionState): ExecutionProjection => ({
  status,
  done: progress.done,
  total: progress.total,
  ...usage,
});

/** Sets the status of an execution that goes on. */
export function stepStatus(state: StateCell): void {
  if (!isFinished(state.status)) state.status = statusOf(state);
}

/** A request sets the same in the execution's row: `paused` at the one for a pause, `running` at the one for a resume. */
function statusOf(state: StateCell): ExecutionStatus {
  if (state.pause !== undefined) return state.pause.isResuming ? 'running' : 'paused';
  if (state.startedAt === undefined) return 'pending';
  const isIdle = state.agenda.timers.length > 0 && !hasWork(state) && pauseEvent(state) === undefined;
  return isIdle ? 'waiting' : 'running';
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
