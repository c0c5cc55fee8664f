import { setTimeout as delay } from 'node:timers/promises';

/** Looks again every few milliseconds until it holds; for what happens in other processes, where no clock can be faked. */
export async function until(holds: () => Promise<boolean>, withinMs: number, what: string): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`After ${withinMs} ms it did not hold: ${what}.`);
    await delay(20);
  }
}
