import { SECOND_MS } from '../core/units.ts';
import type { Metrics } from './metrics.ts';

/**
 * Enters how late live messages are: `at` is the instant that the newest event of one bears. Looked at in the next turn, when
 * what was handed on in this one is in its sockets, for a thousand subscribers as for one.
 */
export function observeDeliveries(metrics: Metrics, clock: { readonly now: () => number }): (at: number) => void {
  let handed: number[] = [];
  function enter(): void {
    const now = clock.now();
    for (const at of handed) {
      // Another machine's clock may be ahead.
      metrics.observe('deliveryDelay', {}, Math.max(now - at, 0) / SECOND_MS);
    }
    handed = [];
  }
  return (at) => {
    if (handed.push(at) === 1) setImmediate(enter);
  };
}
