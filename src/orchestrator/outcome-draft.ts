import { assertNever } from '../core/assert-never.ts';
import type { EventDraft } from '../execution/events.ts';
import { accepts } from '../execution/refusal.ts';
import { failedAttempt } from '../execution/retry.ts';
import type { ExecutionState } from '../execution/state.ts';
import { isStep, type Arrival } from './inbox.ts';
import type { FinishedAttempt } from './attempts.ts';

interface Recording {
  readonly state: ExecutionState;
  readonly executionId: string;
  readonly now: number;
}

/**
 * The event of a step, or the one that says what came of an attempt; undefined where the journal does not wait for it. Why an attempt was
 * stopped may have been decided from events that were never committed: it is then abandoned, and made again.
 */
export function toDraft(arrival: Arrival, recording: Recording): EventDraft | undefined {
  if (isStep(arrival)) return accepts(recording.state, arrival.draft) ? arrival.draft : undefined;
  const { path, attempt } = arrival;
  if (recording.state.running.get(path)?.attempt !== attempt) return undefined;
  const draft = draftOf(arrival, recording);
  return accepts(recording.state, draft) ? draft : abandoned(arrival);
}

function draftOf(finished: FinishedAttempt, { state, executionId, now }: Recording): EventDraft {
  const { path, attempt, result, measured } = finished;
  switch (result.type) {
    case 'succeeded':
      return { type: 'attemptSucceeded', path, attempt, output: result.output, ...measured };
    case 'failed':
      return failedAttempt(state, { executionId, path, attempt, failure: result.failure, measured }, now);
    case 'canceled':
      return { type: 'attemptCanceled', path, attempt, cause: result.cause, ...measured };
    case 'abandoned':
      return abandoned(finished, result.cause);
    default:
      return assertNever(result);
  }
}

const abandoned = (
  { path, attempt, measured: { usage } }: FinishedAttempt,
  cause: 'shutdown' | 'paused' = 'shutdown',
): EventDraft => ({
  ...{ type: 'attemptAbandoned', path, attempt, cause },
  ...(usage && { usage }),
});
