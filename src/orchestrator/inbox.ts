import type { ExecutionState } from '../execution/state.ts';
import { stepsOf } from '../execution/steps.ts';
import type { FinishedAttempt } from './attempts.ts';
import type { PendingStep } from './attempt-steps.ts';

/** What attempts tell: their steps, and their end. */
export type Arrival = FinishedAttempt | PendingStep;

export const isStep = (arrival: Arrival): arrival is PendingStep => 'draft' in arrival;
export const isEnd = (arrival: Arrival): arrival is FinishedAttempt => 'result' in arrival;

/** What waits to be recorded, in the order in which it came. */
export interface Inbox {
  readonly isEmpty: boolean;
  put(arrival: Arrival): void;
  /** All of it. */
  take(): Arrival[];
  /** Puts what was taken in front again; leaves the given list empty. */
  giveBack(taken: Arrival[]): void;
  /** Forgets what is of no attempt that runs. */
  forgetOthers(isRunning: (path: string, attempt: number) => boolean): void;
  /** Whether the attempt of that path has ended. */
  holdsEndOf(path: string): boolean;
}

export function createInbox(): Inbox {
  let arrivals: Arrival[] = [];
  return {
    get isEmpty() {
      return arrivals.length === 0;
    },
    put(arrival) {
      arrivals.push(arrival);
    },
    take: () => arrivals.splice(0),
    giveBack(taken) {
      arrivals = [...taken.splice(0), ...arrivals];
    },
    forgetOthers(isRunning) {
      const others = arrivals.filter(({ path, attempt }) => !isRunning(path, attempt));
      arrivals = arrivals.filter(({ path, attempt }) => isRunning(path, attempt));
      for (const step of others.filter(isStep)) step.refuse();
    },
    holdsEndOf: (path) => arrivals.some((arrival) => isEnd(arrival) && arrival.path === path),
  };
}

/** After a commit: says to each step whether it is in the journal. */
export function tellSteps(taken: readonly Arrival[], state: ExecutionState): void {
  for (const step of taken.filter(isStep)) {
    const isOfThisAttempt = state.running.get(step.path)?.attempt === step.attempt;
    if (isOfThisAttempt && stepsOf(state, step.path).length >= step.draft.step) step.done();
    else step.refuse();
  }
}
