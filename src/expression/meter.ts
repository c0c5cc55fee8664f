import { MIB } from '../core/units.ts';

/** The most that one evaluation may do: about one step for each part of an expression that is evaluated. */
export const MAX_STEPS = 1_000_000;

/** The longest string, in UTF-16 units, that an expression may make. */
export const MAX_TEXT_LENGTH = 16 * MIB;

/** Work on text is counted by the piece: V8 copies or compares some 64 characters in the time of one step. */
const TEXT_PER_STEP = 64;

/** Ends an evaluation that does too much. It is no CEL error: `||`, `&&`, `all` and `exists` would swallow one. */
export class LimitReached extends Error {}

/** Counts the steps of the evaluation that is going on. */
export interface Meter {
  /** Begins a new evaluation. */
  reset(): void;
  /** Takes steps off what is left; throws `LimitReached` when nothing is. */
  spend(steps: number): void;
  /** Takes off what reading or writing a text of this length costs. */
  spendText(length: number): void;
}

export function createMeter(maxSteps: number = MAX_STEPS): Meter {
  let remaining = maxSteps;
  const spend = (steps: number): void => {
    remaining -= steps;
    if (remaining < 0) {
      throw new LimitReached(
        `It takes more than ${maxSteps.toLocaleString('en-US')} steps. Do less in one expression: use a loop or a code node.`,
      );
    }
  };
  return {
    reset: () => {
      remaining = maxSteps;
    },
    spend,
    spendText: (length) => {
      if (length > MAX_TEXT_LENGTH) {
        throw new LimitReached(
          `It makes a text of ${length.toLocaleString('en-US')} characters; ${MAX_TEXT_LENGTH.toLocaleString('en-US')} are allowed.`,
        );
      }
      spend(length / TEXT_PER_STEP);
    },
  };
}
