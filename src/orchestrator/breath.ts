import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** How long one execution may hold the event loop before everything else gets its turn. */
const HOLD_MS = 20;

/** Expressions are bounded one by one; a thousand of them in a row must not hold up heartbeats and other executions. */
export interface Breath {
  isDue(): boolean;
  take(): Promise<void>;
}

export function createBreath(clock: Pick<Clock, 'monotonicMs'>): Breath {
  let since = clock.monotonicMs();
  return {
    isDue: () => clock.monotonicMs() - since > HOLD_MS,
    async take() {
      await setImmediate();
      since = clock.monotonicMs();
    },
  };
}
