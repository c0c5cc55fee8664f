import { goesInSteps } from '../blueprint/plan.ts';
import { changedBudget, isSoftLimitReached } from '../usage/budget.ts';
import type { StateCell } from './cells.ts';
import { toBudgetChange, type EventDraft, type ExecutionEventOf } from './events.ts';

type PauseEventType = 'pauseRequested' | 'executionPaused' | 'resumeRequested' | 'executionResumed';
type PauseDraft = Extract<EventDraft, { type: PauseEventType }>;

/** What the owner says next of a pause: that it begins, or that it is over. */
export function pauseEvent(state: StateCell): PauseDraft | undefined {
  const { pause, budget, usage } = state;
  if (pause === undefined) {
    const isDue = isSoftLimitReached(budget, usage.costUsdMicros) && hasMoreToBegin(state);
    return isDue ? { type: 'executionPaused', cause: 'budgetSoftLimit' } : undefined;
  }
  if (pause.isResuming) return { type: 'executionResumed' };
  return pause.isRecorded ? undefined : { type: 'executionPaused', cause: 'requested' };
}

/** What goes in steps begins the next one. */
const hasMoreToBegin = ({ agenda, running }: StateCell): boolean =>
  agenda.ready.size > 0 || agenda.timers.length > 0 || [...running.values()].some(({ node }) => goesInSteps(node.kind));

/** Why such an event cannot follow; undefined when it can. */
export function pauseRefusal(state: StateCell, draft: PauseDraft): string | undefined {
  const { pause, cancel, root, startedAt } = state;
  const isPaused = pause !== undefined && !pause.isResuming;
  if (draft.type === 'pauseRequested' || draft.type === 'resumeRequested') {
    if (cancel !== undefined) return 'a cancel came first';
    if (draft.type === 'pauseRequested') return isPaused ? 'it is paused' : undefined;
    return isPaused || draft.budget !== undefined ? undefined : 'it is not paused';
  }
  if (startedAt === undefined || root.isDiscarded) return 'it has not started, or it is ending';
  const next = pauseEvent(state);
  const isNext =
    next?.type === draft.type &&
    (next.type !== 'executionPaused' || draft.type !== 'executionPaused' || next.cause === draft.cause);
  return isNext ? undefined : 'there is no reason for it';
}

/** Changes `pause`, `budget` and the deadline. */
export function applyPause(state: StateCell, event: ExecutionEventOf<PauseEventType>): void {
  const { pause } = state;
  switch (event.type) {
    case 'pauseRequested':
      // A pause that was about to end goes on: by request now, whatever it began with.
      state.pause = { at: pause?.at ?? event.at, cause: 'requested', isRecorded: false, isResuming: false };
      return;
    case 'executionPaused':
      state.pause = { at: pause?.at ?? event.at, cause: event.cause, isRecorded: true, isResuming: false };
      return;
    case 'resumeRequested':
      if (pause !== undefined) state.pause = { ...pause, isResuming: true };
      if (event.budget !== undefined) {
        const ceiling = state.plan.budget.maxCostUsdMicros;
        state.budget = changedBudget(state.budget, toBudgetChange(event.budget), ceiling);
      }
      return;
    case 'executionResumed':
      // The deadline bounds the time of running.
      if (state.deadlineAt !== undefined && pause !== undefined)
        state.deadlineAt += event.at - Math.max(pause.at, state.startedAt ?? pause.at);
      state.pause = undefined;
      return;
  }
}
