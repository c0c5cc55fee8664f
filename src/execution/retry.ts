import type { RetryPlan } from '../blueprint/plan.ts';
import { cellsOf } from './cells.ts';
import type { EventDraft, Failure, Measured } from './events.ts';
import type { ExecutionState } from './state.ts';

/** An attempt that ended badly, as the shell saw it. */
export interface AttemptFailure {
  /** Spreads the retries of executions that fail together. */
  readonly executionId: string;
  readonly path: string;
  readonly attempt: number;
  readonly failure: Failure;
  readonly measured?: Measured;
}

/** The event of a failed attempt; says when the next one starts, if there is to be one. */
export function failedAttempt(state: ExecutionState, failed: AttemptFailure, now: number): EventDraft {
  const { path, attempt, failure, measured } = failed;
  const node = cellsOf(state).nodes.get(path);
  const draft = { type: 'attemptFailed' as const, path, attempt, failure, ...measured };
  if (node === undefined || node.body.isDiscarded) return draft;
  const failureCount = node.failureCount + 1;
  const { retry } = node.plan;
  if (failureCount >= retry.attempts || !isRetryable(retry, failure)) return draft;
  return { ...draft, retryAt: now + retryDelayMs(retry, failureCount, spreadOf(failed)) };
}

const isRetryable = (retry: RetryPlan, failure: Failure): boolean =>
  retry.on === undefined ? failure.retryable : retry.on.includes(failure.reason);

/** How long to wait after that many failures; `spread` from 0 to 1 says where in the jittered share. */
export function retryDelayMs(retry: RetryPlan, failureCount: number, spread: number): number {
  const delayMs = Math.min(retry.delayMs * growth(retry.backoff, failureCount), retry.maxDelayMs);
  return Math.round(delayMs * (1 - retry.jitter * (1 - spread)));
}

function growth(backoff: RetryPlan['backoff'], failureCount: number): number {
  switch (backoff) {
    case 'fixed':
      return 1;
    case 'linear':
      return failureCount;
    case 'exponential':
      return 2 ** (failureCount - 1);
  }
}

/** A number from 0 to 1 that depends on nothing but execution, path and attempt, so that a decision can be repeated. */
export function spreadOf({
  executionId,
  path,
  attempt,
}: Pick<AttemptFailure, 'executionId' | 'path' | 'attempt'>): number {
  // FNV-1a, then the finalizer of MurmurHash3: neighbours come out far apart.
  let hash = 0x811c9dc5;
  const text = `${executionId}/${path}/${attempt}`;
  for (let place = 0; place < text.length; place += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
