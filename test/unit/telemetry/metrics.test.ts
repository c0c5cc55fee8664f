import { afterEach, describe, expect, it } from 'vitest';
import { METRICS } from '../../../src/telemetry/metric-name.ts';
import { combinations, createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';

const opened: Metrics[] = [];
function openMetrics(): Metrics {
  const metrics = createMetrics();
  opened.push(metrics);
  return metrics;
}
afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});

describe('METRICS', () => {
  it('names each metric once, by the rules of the glossary', () => {
    const all = Object.values(METRICS);
    expect(new Set(all.map((metric) => metric.name)).size).toBe(all.length);
    for (const metric of all) {
      expect(metric.name).toMatch(/^(iceos|process)_[a-z_]+$/);
      expect(metric.name.endsWith('_total')).toBe(metric.type === 'counter');
      expect(metric.help).toMatch(/\.$/);
      if (metric.type === 'histogram') expect([...metric.buckets]).toEqual([...metric.buckets].sort((a, b) => a - b));
    }
  });
});

describe('createMetrics', () => {
  it('shows every series from the start, at zero', async () => {
    const text = await openMetrics().text();
    expect(text).toContain('iceos_executions_finished_total{status="failed"} 0');
    expect(text).toContain('iceos_subscriptions_open{transport="sse"} 0');
    expect(text).toContain('iceos_attempt_duration_seconds_count{kind="sandboxed"} 0');
  });

  it('counts, shifts, sets and observes', async () => {
    const metrics = openMetrics();
    metrics.add('executionsStarted', {});
    metrics.add('executionsStarted', {}, 4);
    metrics.shift('openSubscriptions', { transport: 'ws' }, 3);
    metrics.shift('openSubscriptions', { transport: 'ws' }, -1);
    metrics.set('executionsRunning', {}, 7);
    metrics.observe('batchEvents', {}, 12);
    const text = await metrics.text();
    expect(text).toContain('iceos_executions_started_total 5');
    expect(text).toContain('iceos_subscriptions_open{transport="ws"} 2');
    expect(text).toContain('iceos_executions_running 7');
    expect(text).toContain('iceos_batch_events_sum 12');
  });

  it('measures the process when it is asked', async () => {
    const text = await openMetrics().text();
    const resident = Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]);
    expect(resident).toBeGreaterThan(1_000_000);
    expect(text).toMatch(/^iceos_event_loop_delay_seconds\{quantile="0\.99"\} [\d.e-]+$/m);
  });

  it('keeps the numbers of two registries apart', async () => {
    const one = openMetrics();
    const other = openMetrics();
    one.add('cancelRequests', {});
    expect(await other.text()).toContain('iceos_cancel_requests_total 0');
  });
});

describe('combinations', () => {
  it('gives one empty set of labels where there are none', () => {
    expect(combinations({})).toEqual([{}]);
  });
  it('gives every pair of two labels', () => {
    expect(combinations({ a: ['1', '2'], b: ['x', 'y'] })).toHaveLength(4);
  });
});
