import type { Clock } from '../core/clock.ts';
import { isUnavailable } from '../store/unavailable.ts';
import type { Maybe } from './executor.ts';

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/** Asks the database again while it is away, for as long as the signal allows: what is in hand is kept in hand. */
export async function patiently<T>(clock: Pick<Clock, 'delay'>, ask: () => Maybe<T>, signal: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      await clock.delay(waitMs, signal);
    }
  }
}
