import type { Clock } from '../../src/core/clock.ts';

/** Time that passes only when a test says so. */
export interface ManualClock extends Clock {
  /** Lets time pass; whoever waited for an instant in it goes on. */
  advance(ms: number): void;
}

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

export function createManualClock(startAt = 1_800_000_000_000): ManualClock {
  let elapsedMs = 0;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => startAt + elapsedMs,
    monotonicMs: () => elapsedMs,
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const sleeper: Sleeper = {
          wakeAtMs: elapsedMs + ms,
          wake() {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal.reason as Error);
        };
        sleepers.add(sleeper);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    advance(ms) {
      elapsedMs += ms;
      for (const sleeper of [...sleepers]) {
        if (sleeper.wakeAtMs > elapsedMs) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
