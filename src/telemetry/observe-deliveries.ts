import { SECOND_MS } from '../core/units.ts';
import type { Metrics } from './metrics.ts';

/**
 * Enters how late live messages are: `at` is the instant that the newest event of one bears. Looked at in the next turn, when
 * what was handed on in this one is in its sockets, for a thousand subscribers as for one.
 */
export function observeDeliveries(
  metrics: Metrics,
  clock: { readonly now: () => number },
): (at: number, readers: number) => void {
  let handed: { readonly at: number; readonly readers: number }[] = [];
  function enter(): void {
    const now = clock.now();
    for (const { at, readers } of handed) {
      // Another machine's clock may be ahead.
      const delaySeconds = Math.max(now - at, 0) / SECOND_MS;
      for (let n = 0; n < readers; n += 1) metrics.observe('deliveryDelay', {}, delaySeconds);
    }
    handed = [];
  }
  return (at, readers) => {
    if (handed.push({ at, readers }) === 1) setImmediate(enter);
  };
}
