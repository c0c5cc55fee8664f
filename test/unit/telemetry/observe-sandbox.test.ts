import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { observeSandbox, sampleSandbox, type ObservedRun } from '../../../src/telemetry/observe-sandbox.ts';
import { someReceipt } from '../../support/sandbox.ts';

async function textAfter(...runs: readonly ObservedRun[]): Promise<string> {
  const metrics = createMetrics();
  runs.forEach(observeSandbox(metrics));
  metrics.close();
  return metrics.text();
}

const used = { cpuMs: 1_500, wallMs: 2_000, peakMemoryBytes: 1_000 };

describe('observeSandbox', () => {
  it('counts what a call used, where it ran and how it ended', async () => {
    const receipt = someReceipt({ ...used, hostCalls: 3, hostBytesSent: 10, hostBytesReceived: 20, layer: 'base' });
    const text = await textAfter({ kind: 'tool', receipt, waitMs: 500, source: 'reused' });
    expect(text).toContain('iceos_sandbox_runs_total{kind="tool",profile="js",outcome="succeeded"} 1');
    expect(text).toContain('iceos_sandbox_layer_runs_total{profile="js",layer="base"} 1');
    expect(text).toContain('iceos_sandbox_cpu_seconds_total{kind="tool",profile="js"} 1.5');
    expect(text).toContain('iceos_sandbox_wall_seconds_sum{kind="tool",profile="js"} 2');
    expect(text).toContain('iceos_sandbox_peak_memory_bytes_sum{kind="tool",profile="js"} 1000');
    expect(text).toContain('iceos_sandbox_wait_seconds_sum 0.5');
    expect(text).toContain('iceos_sandbox_workers_taken_total{source="reused"} 1');
    expect(text).toContain('iceos_sandbox_host_calls_total{kind="tool"} 3');
    expect(text).toContain('iceos_sandbox_host_bytes_total{direction="sent"} 10');
    expect(text).toContain('iceos_sandbox_host_bytes_total{direction="received"} 20');
    expect(text).toContain('iceos_sandbox_denied_calls_total{profile="js"} 0');
  });

  it('counts denied system calls by the profile', async () => {
    const receipt = someReceipt({ profile: 'shell', outcome: 'policyViolated', deniedCall: 'ptrace' });
    const text = await textAfter({ kind: 'tool', receipt, waitMs: 0, source: 'cold' });
    expect(text).toContain('iceos_sandbox_denied_calls_total{profile="shell"} 1');
    expect(text).not.toContain('ptrace');
  });

  it('takes no use that nobody measured for a small one', async () => {
    const receipt = someReceipt({ source: 'none', outcome: 'sandboxFailed' });
    const text = await textAfter(
      { kind: 'code', receipt, waitMs: 0, source: 'cold' },
      { kind: 'code', receipt, waitMs: 0, source: undefined },
    );
    expect(text).toContain('iceos_sandbox_runs_total{kind="code",profile="js",outcome="sandboxFailed"} 2');
    expect(text).toContain('iceos_sandbox_peak_memory_bytes_count{kind="code",profile="js"} 0');
    expect(text).toContain('iceos_sandbox_wall_seconds_count{kind="code",profile="js"} 1');
    expect(text).toContain('iceos_sandbox_workers_taken_total{source="cold"} 1');
  });
});

describe('sampleSandbox', () => {
  it('looks at the workers each time the metrics are read', async () => {
    const metrics = createMetrics();
    sampleSandbox(metrics, () => Promise.resolve({ live: 2, idle: 3, residentBytes: 4_096, cpuMs: 250 }));
    const text = await metrics.text();
    metrics.close();
    expect(text).toContain('iceos_sandbox_workers{state="live"} 2');
    expect(text).toContain('iceos_sandbox_workers{state="idle"} 3');
    expect(text).toContain('iceos_sandbox_resident_bytes 4096');
    expect(text).toContain('iceos_sandbox_live_cpu_seconds 0.25');
  });
});
