import type { ExecutionResult } from 'graphql';
import type { PullStream } from '../live/pull-stream.ts';
import type { Outcome } from './shared-results.ts';

/** Messages whose results are still being made; behind them the stream is pulled, and can fall behind and be told so. */
const MOST_UNTOLD = 8;

/**
 * Resolves when all that was handed on has been taken: what is pulled next comes behind it. Rejects as soon as a result cannot be
 * made or taken, though nothing more happens in the stream, which its owner must end then.
 */
export async function handResults(
  hand: NonNullable<PullStream<unknown>['hand']>,
  tell: (payload: unknown, hear: (outcome: Outcome) => void) => Promise<void>,
  take: (result: ExecutionResult) => boolean,
): Promise<void> {
  let goesOn = true;
  let hasFailed = false;
  let told: Promise<void> | undefined;
  let untold = 0;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  const hear = (outcome: Outcome): void => {
    untold -= 1;
    if (hasFailed) return;
    // Others hear the same result in the same loop: what goes wrong here is this stream's alone.
    try {
      if (!outcome.ok) throw outcome.error;
      if (!take(outcome.value)) goesOn = false;
    } catch (error) {
      hasFailed = true;
      goesOn = false;
      fail(error);
    }
  };
  const all = async (): Promise<void> => {
    await hand((payload) => {
      // What one message shows may take longer than what the next does: they are told in their order all the same.
      const before = untold > 0 ? told : undefined;
      untold += 1;
      told = before ? before.then(() => tell(payload, hear)) : tell(payload, hear);
      return goesOn && untold < MOST_UNTOLD;
    });
    await told;
  };
  await Promise.race([all(), failed]);
}
