import type { Clock } from '../core/clock.ts';

export interface PeriodicDeps {
  readonly clock: Pick<Clock, 'delay'>;
  readonly work: (signal: AbortSignal) => Promise<unknown>;
  readonly intervalMs: number;
  /** 0 to 1: spreads the work of many processes. */
  readonly random: () => number;
  readonly reportFault: (error: unknown) => void;
}

/** Does some work again and again until it is closed; a fault of it is reported, and it is tried again. */
export interface Periodic {
  start(): void;
  close(): Promise<void>;
}

export function createPeriodic({ clock, work, intervalMs, random, reportFault }: PeriodicDeps): Periodic {
  const closing = new AbortController();
  const { signal } = closing;
  let looping: Promise<void> | undefined;

  async function loop(): Promise<void> {
    for (;;) {
      try {
        await clock.delay(intervalMs * (0.5 + random()), signal);
        await work(signal);
      } catch (error) {
        if (signal.aborted) return;
        reportFault(error);
      }
    }
  }

  return {
    start() {
      looping ??= loop();
    },
    async close() {
      closing.abort(new Error('The program ends.'));
      await looping;
    },
  };
}
