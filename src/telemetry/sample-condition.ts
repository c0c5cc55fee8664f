import { SECOND_MS } from '../core/units.ts';
import type { Metrics } from './metrics.ts';

/** How long an answer is good for: several scrapers ask no more often than one. */
const GOOD_FOR_MS = 5 * SECOND_MS;

/**
 * Has the database asked how it does when the metrics are read. While it does not answer its numbers are `NaN`, which
 * is no alarm of theirs, and `databaseUp` is 0.
 */
export function sampleCondition(
  metrics: Metrics,
  deps: {
    readonly clock: { readonly monotonicMs: () => number };
    readonly read: () => Promise<{
      readonly oldestDueMs: number;
      readonly orchestratorsAlive: number;
      readonly ledgerMismatches: number;
    }>;
  },
): void {
  const { clock, read } = deps;
  let goodUntil = Number.NEGATIVE_INFINITY;
  metrics.beforeRead(async () => {
    if (clock.monotonicMs() < goodUntil) return;
    const condition = await read().catch(() => undefined);
    if (condition !== undefined) goodUntil = clock.monotonicMs() + GOOD_FOR_MS;
    metrics.set('databaseUp', {}, condition === undefined ? 0 : 1);
    metrics.set('oldestDue', {}, (condition?.oldestDueMs ?? NaN) / SECOND_MS);
    metrics.set('orchestratorsAlive', {}, condition?.orchestratorsAlive ?? NaN);
    metrics.set('ledgerMismatches', {}, condition?.ledgerMismatches ?? NaN);
  });
}
