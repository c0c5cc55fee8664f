import type { Clock } from '../core/clock.ts';

/** What is said meanwhile is read together. The first piece after a silence is read at once. */
const GATHER_MS = 20;

/** Turns pieces of text into rounds: readers are woken for many pieces as rarely as for few. */
export interface TextRounds {
  /** Of rounds so far. */
  readonly count: number;
  hear(): void;
}

export function createTextRounds(deps: {
  readonly clock: Pick<Clock, 'monotonicMs' | 'delay'>;
  readonly closing: AbortSignal;
  readonly onRound: () => void;
}): TextRounds {
  const { clock, closing, onRound } = deps;
  let count = 0;
  let nextAtMs = 0;
  let isWaiting = false;

  function begin(): void {
    isWaiting = false;
    count += 1;
    nextAtMs = clock.monotonicMs() + GATHER_MS;
    onRound();
  }

  return {
    get count() {
      return count;
    },
    hear() {
      if (isWaiting) return;
      const waitMs = nextAtMs - clock.monotonicMs();
      if (waitMs <= 0) {
        begin();
        return;
      }
      isWaiting = true;
      // When it closes nobody waits for a round.
      clock.delay(waitMs, closing).then(begin, () => undefined);
    },
  };
}
