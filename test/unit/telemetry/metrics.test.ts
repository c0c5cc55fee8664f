import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
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

describe('every metric', () => {
  it('is recorded by somebody', async () => {
    const files = (await readdir('src', { recursive: true })).filter((file) => file.endsWith('.ts'));
    const others = files.filter((file) => path.basename(file) !== 'metric-name.ts');
    const text = (await Promise.all(others.map((file) => readFile(path.join('src', file), 'utf8')))).join('\n');
    expect(Object.keys(METRICS).filter((name) => !text.includes(`'${name}'`))).toEqual([]);
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

  it('asks for a sampled gauge each time it is read', async () => {
    const metrics = openMetrics();
    let running = 3;
    metrics.sample('executionsRunning', {}, () => running);
    expect(await metrics.text()).toContain('iceos_executions_running 3');
    running = 1;
    expect(await metrics.text()).toContain('iceos_executions_running 1');
  });

  it('waits for what has to be looked up before it is read', async () => {
    const metrics = openMetrics();
    let live = 2;
    metrics.beforeRead(async () => {
      const found = await Promise.resolve(live);
      metrics.set('sandboxWorkers', { state: 'live' }, found);
    });
    expect(await metrics.text()).toContain('iceos_sandbox_workers{state="live"} 2');
    live = 0;
    expect(await metrics.text()).toContain('iceos_sandbox_workers{state="live"} 0');
  });

  it('measures the process when it is asked', async () => {
    const text = await openMetrics().text();
    const resident = Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]);
    expect(resident).toBeGreaterThan(1_000_000);
    expect(text).toMatch(/^iceos_event_loop_delay_seconds\{percentile="99"\} [\d.e-]+$/m);
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
