import type { ExecutionResult } from 'graphql';
import type { PullStream } from '../live/pull-stream.ts';
import type { Outcome } from './shared-results.ts';

/** Resolves when all that was handed on has been taken: what is pulled next comes behind it. */
export async function handResults(
  hand: NonNullable<PullStream<unknown>['hand']>,
  tell: (payload: unknown, hear: (outcome: Outcome) => void) => Promise<void>,
  take: (result: ExecutionResult) => boolean,
): Promise<void> {
  let goesOn = true;
  let failure: { readonly error: unknown } | undefined;
  let told: Promise<void> | undefined;
  let untold = 0;
  const hear = (outcome: Outcome): void => {
    untold -= 1;
    if (failure !== undefined) return;
    if (!outcome.ok) failure = outcome;
    if (!outcome.ok || !take(outcome.value)) goesOn = false;
  };
  await hand((payload) => {
    // What one message shows may take longer than what the next does: they are told in their order all the same.
    const before = untold > 0 ? told : undefined;
    untold += 1;
    told = before ? before.then(() => tell(payload, hear)) : tell(payload, hear);
    return goesOn;
  });
  await told;
  if (failure !== undefined) throw failure.error;
}
