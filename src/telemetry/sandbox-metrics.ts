import { MIB } from '../core/units.ts';
import { SANDBOX_OUTCOMES } from '../usage/receipt.ts';
import { counter, FAST_SECONDS, gauge, histogram } from './describe-metric.ts';

const kind = ['code', 'tool'] as const;
const profile = ['js', 'shell'] as const;
// As limits are: from a reused worker's part of a millisecond to half an hour.
const CALL_SECONDS = [
  ...[0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60, 300, 1_800],
];
const MEMORY_BYTES = [32, 64, 128, 256, 512, 1_024, 2_048, 4_096].map((mib) => mib * MIB);

/** The metrics of tools and code in workers. */
export const SANDBOX_METRICS = {
  sandboxRuns: counter({
    name: 'iceos_sandbox_runs_total',
    help: 'Calls of tools and code, by how the worker ended.',
    labels: { kind, profile, outcome: SANDBOX_OUTCOMES },
  }),
  sandboxLayerRuns: counter({
    name: 'iceos_sandbox_layer_runs_total',
    help: 'Calls that had a worker, by what confined it.',
    labels: { profile, layer: ['development', 'base', 'full'] },
  }),
  sandboxDenied: counter({
    name: 'iceos_sandbox_denied_calls_total',
    help: 'Calls that the kernel ended for a system call that their profile forbids.',
    labels: { profile },
  }),
  sandboxCpu: counter({
    name: 'iceos_sandbox_cpu_seconds_total',
    help: 'Processor time of workers, user and system.',
    labels: { kind, profile },
  }),
  sandboxWall: histogram(
    { name: 'iceos_sandbox_wall_seconds', help: 'How long calls ran in their worker.', labels: { kind, profile } },
    CALL_SECONDS,
  ),
  sandboxPeakMemory: histogram(
    {
      name: 'iceos_sandbox_peak_memory_bytes',
      help: 'Largest resident size of a worker, where somebody could measure it.',
      labels: { kind, profile },
    },
    MEMORY_BYTES,
  ),
  sandboxWait: histogram(
    { name: 'iceos_sandbox_wait_seconds', help: 'How long a call waited for its worker.', labels: {} },
    FAST_SECONDS,
  ),
  sandboxTaken: counter({
    name: 'iceos_sandbox_workers_taken_total',
    help: 'Workers that calls got. Cold: started for it; warm: started before; reused: had served others.',
    labels: { source: ['cold', 'warm', 'reused'] },
  }),
  sandboxWorkers: gauge({
    name: 'iceos_sandbox_workers',
    help: 'Workers of this process now. Live: serving a call; idle: waiting for one.',
    labels: { state: ['live', 'idle'] },
  }),
  sandboxResident: gauge({
    name: 'iceos_sandbox_resident_bytes',
    help: 'Resident memory now of all live workers, with the processes that they started.',
    labels: {},
  }),
  sandboxLiveCpu: gauge({
    name: 'iceos_sandbox_live_cpu_seconds',
    help: 'Processor time that the live workers have used so far; falls when one ends.',
    labels: {},
  }),
  hostCalls: counter({
    name: 'iceos_sandbox_host_calls_total',
    help: 'Requests of workers to the broker.',
    labels: { kind },
  }),
  hostBytes: counter({
    name: 'iceos_sandbox_host_bytes_total',
    help: 'Bytes that the broker exchanged with the outside for workers.',
    labels: { direction: ['sent', 'received'] },
  }),
} as const;
