import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';
import { observeDeliveries } from '../../../src/telemetry/observe-deliveries.ts';

const opened: Metrics[] = [];
afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});

describe('The delay of live messages', () => {
  it('lasts until they are in their sockets, and is never below zero', async () => {
    const metrics = createMetrics();
    opened.push(metrics);
    let now = 10_000;
    const observe = observeDeliveries(metrics, { now: () => now });
    observe(9_000, 1);
    observe(20_000, 1);
    // Writing to many sockets takes its time.
    now = 11_000;
    await turn();
    observe(11_000, 1);
    await turn();
    const text = await metrics.text();
    expect(text).toContain('iceos_delivery_delay_seconds_count 3');
    expect(text).toContain('iceos_delivery_delay_seconds_sum 2');
  });

  it('counts for each who is told at the same time', async () => {
    const metrics = createMetrics();
    opened.push(metrics);
    observeDeliveries(metrics, { now: () => 12_000 })(10_000, 1_000);
    await turn();
    const text = await metrics.text();
    expect(text).toContain('iceos_delivery_delay_seconds_count 1000');
    expect(text).toContain('iceos_delivery_delay_seconds_sum 2000');
  });
});
