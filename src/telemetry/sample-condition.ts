import type { Clock } from '../core/clock.ts';
import { SECOND_MS } from '../core/units.ts';
import type { Metrics } from './metrics.ts';

/** How long an answer is good for: several scrapers ask no more often than one. */
const GOOD_FOR_MS = 5 * SECOND_MS;
/** Whoever scrapes waits no longer for a database that is silent: the other metrics are wanted then above all. */
const PATIENCE_MS = 2 * SECOND_MS;

interface Condition {
  readonly oldestDueMs: number;
  readonly orchestratorsAlive: number;
  readonly ledgerMismatches: number;
}

/**
 * Has the database asked how it does when the metrics are read. While it does not answer its numbers are `NaN`, which
 * is no alarm of theirs, and `databaseUp` is 0.
 */
export function sampleCondition(
  metrics: Metrics,
  deps: {
    readonly clock: Pick<Clock, 'monotonicMs' | 'delay'>;
    readonly read: () => Promise<Condition>;
  },
): void {
  const { clock, read } = deps;
  let reading: Promise<Condition | undefined> | undefined;
  async function readPatiently(): Promise<Condition | undefined> {
    // One question at a time, however long it takes.
    reading ??= read()
      .catch(() => undefined)
      .finally(() => (reading = undefined));
    const answered = new AbortController();
    const late = clock.delay(PATIENCE_MS, answered.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([reading, late]);
    } finally {
      answered.abort();
    }
  }
  let goodUntil = Number.NEGATIVE_INFINITY;
  metrics.beforeRead(async () => {
    if (clock.monotonicMs() < goodUntil) return;
    const condition = await readPatiently();
    if (condition !== undefined) goodUntil = clock.monotonicMs() + GOOD_FOR_MS;
    metrics.set('databaseUp', {}, condition === undefined ? 0 : 1);
    metrics.set('oldestDue', {}, (condition?.oldestDueMs ?? NaN) / SECOND_MS);
    metrics.set('orchestratorsAlive', {}, condition?.orchestratorsAlive ?? NaN);
    metrics.set('ledgerMismatches', {}, condition?.ledgerMismatches ?? NaN);
  });
}
