import { cellsOf, type CancelCause, type NodeCell, type StateCell } from './cells.ts';
import type { EventDraft, Failure } from './events.ts';
import { MAX_COMMANDS, MAX_CRASHES, MAX_EVENTS } from './limits.ts';
import type { ExecutionState } from './state.ts';

/** An end that follows from time or from a limit; no event says that it has come. */
export interface ImposedEnd {
  readonly failure: Failure;
  /** What the attempts that it stops are canceled for. */
  readonly cause: CancelCause;
}

/** The end that is imposed on the execution at that instant, if one is. */
export function imposedEnd(state: StateCell, now: number): ImposedEnd | undefined {
  if (state.crashCount >= MAX_CRASHES) return { failure: CRASHED, cause: 'siblingFailed' };
  if (state.pause === undefined && state.deadlineAt !== undefined && now >= state.deadlineAt)
    return { failure: TOO_LATE, cause: 'deadlinePassed' };
  return isHistoryFull(state) ? { failure: TOO_LONG, cause: 'siblingFailed' } : undefined;
}

/** The imposed end of which an attempt that was canceled for `cause` tells. */
export function imposedBy(state: StateCell, cause: CancelCause): ImposedEnd | undefined {
  if (cause === 'deadlinePassed' && state.deadlineAt !== undefined) return { failure: TOO_LATE, cause };
  return cause === 'siblingFailed' ? imposedEnd(state, -Infinity) : undefined;
}

/** True when only the room is left that stopping everything may take. */
function isHistoryFull({ lastSequence, running, openNodes }: StateCell): boolean {
  // Of each kind a decision leads to MAX_COMMANDS events at most: attempts begin, bodies end, composites end, nodes are
  // skipped, composites fail. What begins has one event more, its outcome. Then a pause, its end, the requests of both, a
  // cancel request and the end.
  const room = running.size + openNodes.size + 6 * MAX_COMMANDS + 6;
  return lastSequence + room > MAX_EVENTS;
}

/** Nothing runs that an end would have to wait for. */
export const isQuiet = ({ root }: StateCell): boolean => root.active === 0;

/** Nothing runs in the bodies of the node; so it is for one without bodies. */
export function isQuietInside({ open }: NodeCell): boolean {
  if (open === undefined) return true;
  for (const body of open.live) if (body.active > 0) return false;
  return true;
}

/** The cancel came before a failure did. */
export const isCanceling = ({ cancel, root }: StateCell): boolean => cancel !== undefined && root.failure === undefined;

/** The receipt that ends a canceled execution: what was stopped, and how long that took. */
export function canceledEvent(state: ExecutionState, now: number): EventDraft {
  const { stopped, cancel } = cellsOf(state);
  return { type: 'executionCanceled', stopped: [...stopped], quietMs: Math.max(0, now - (cancel?.at ?? now)) };
}

const CRASHED: Failure = {
  reason: 'orchestratorCrashed',
  message: `The process that ran this execution died ${MAX_CRASHES} times in a row while an attempt was running. A node may use more memory than the machine has.`,
  retryable: false,
};
const TOO_LATE: Failure = {
  reason: 'deadlinePassed',
  message: 'The execution took longer than it may. Raise budget.maxWallMs, or make it do less.',
  retryable: false,
};
const TOO_LONG: Failure = {
  reason: 'historyTooLong',
  message: `The execution recorded more than the ${MAX_EVENTS} events that one may have. Split its loops over several executions.`,
  retryable: false,
};
