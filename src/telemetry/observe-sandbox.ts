import type { SandboxReceipt } from '../usage/receipt.ts';
import type { LabelsOf } from './metric-name.ts';
import type { Metrics } from './metrics.ts';

const SECOND_MS = 1_000;

/** One call in the sandbox, at its end. */
export interface ObservedRun {
  readonly kind: 'code' | 'tool';
  readonly receipt: SandboxReceipt;
  /** From the call to a worker. */
  readonly waitMs: number;
  /** Absent: it never had a worker. */
  readonly source: LabelsOf<'sandboxTaken'>['source'] | undefined;
}

/** Counts what ran in the sandbox of this process. */
export function observeSandbox(metrics: Metrics): (run: ObservedRun) => void {
  return ({ kind, receipt, waitMs, source }) => {
    const { profile, layer, outcome } = receipt;
    metrics.add('sandboxRuns', { kind, profile, outcome });
    metrics.observe('sandboxWait', {}, waitMs / SECOND_MS);
    if (source === undefined) return;
    metrics.add('sandboxTaken', { source });
    metrics.add('sandboxLayerRuns', { profile, layer });
    metrics.observe('sandboxWall', { kind, profile }, receipt.wallMs / SECOND_MS);
    metrics.add('sandboxCpu', { kind, profile }, receipt.cpuMs / SECOND_MS);
    // Nobody's measurement is no small one.
    if (receipt.source !== 'none') metrics.observe('sandboxPeakMemory', { kind, profile }, receipt.peakMemoryBytes);
    // Of one by another architecture's numbers the name is not known.
    if (outcome === 'policyViolated') metrics.add('sandboxDenied', { profile });
    metrics.add('hostCalls', { kind }, receipt.hostCalls);
    metrics.add('hostBytes', { direction: 'sent' }, receipt.hostBytesSent);
    metrics.add('hostBytes', { direction: 'received' }, receipt.hostBytesReceived);
  };
}

/** The workers of this process now, as gauges; read each time the metrics are. */
export function sampleSandbox(
  metrics: Metrics,
  measure: () => Promise<{
    readonly live: number;
    readonly idle: number;
    readonly residentBytes: number;
    readonly cpuMs: number;
  }>,
): void {
  metrics.beforeRead(async () => {
    const { live, idle, residentBytes, cpuMs } = await measure();
    metrics.set('sandboxWorkers', { state: 'live' }, live);
    metrics.set('sandboxWorkers', { state: 'idle' }, idle);
    metrics.set('sandboxResident', {}, residentBytes);
    metrics.set('sandboxLiveCpu', {}, cpuMs / SECOND_MS);
  });
}
