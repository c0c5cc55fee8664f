import type { Clock } from '../core/clock.ts';

export interface MemoryPurgeDeps {
  readonly clock: Pick<Clock, 'delay'>;
  readonly purge: (signal: AbortSignal) => Promise<unknown>;
  readonly intervalMs: number;
  /** 0 to 1: spreads the purges of many processes. */
  readonly random: () => number;
  readonly reportFault: (error: unknown) => void;
}

/** Deletes what has expired, again and again. Processes that do so at once only share the work. */
export interface MemoryPurge {
  start(): void;
  close(): Promise<void>;
}

export function createMemoryPurge({ clock, purge, intervalMs, random, reportFault }: MemoryPurgeDeps): MemoryPurge {
  const closing = new AbortController();
  const { signal } = closing;
  let looping: Promise<void> | undefined;

  async function loop(): Promise<void> {
    for (;;) {
      try {
        await clock.delay(intervalMs * (0.5 + random()), signal);
        await purge(signal);
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
