import { MIB } from '../core/units.ts';
import type { Baseline } from './baseline.ts';
import type { WorkerClass } from './launch.ts';
import type { LaunchPlan } from './launch-plan.ts';

/** The bounds that hold for every worker, as the operator set them. */
export interface WorkerBounds {
  /** Of the scratch folder. */
  readonly scratchBytes: number;
  /** Processes and threads of a worker's tree at once. */
  readonly processes: number;
}

export const DEFAULT_BOUNDS: WorkerBounds = { scratchBytes: 64 * MIB, processes: 64 };

/** Files and folders in a scratch. */
export const MAX_SCRATCH_FILES = 4_096;
const MAX_OPEN_FILES = 256;
/** What every system has; else the operator's, which may be none. RLIMIT_DATA does not count stacks. */
const STACK_BYTES = 8 * MIB;

/** Stacks of Node's thread pool, nurseries, code: what an idle worker does not have yet. */
const SLACK_BYTES = 96 * MIB;

/** The heap that V8 is given: it ends with an honest error, before the kernel's bounds are met. */
export const heapMib = ({ memoryBytes }: Pick<WorkerClass, 'memoryBytes'>): number =>
  Math.max(1, Math.floor(memoryBytes / MIB));

/** The most that the kernel lets one process of the worker have. Without a baseline, memory is not bounded. */
export function kernelLimits(
  wanted: Pick<WorkerClass, 'memoryBytes' | 'profile'>,
  bounds: WorkerBounds,
  { layer, baseline }: { readonly layer: LaunchPlan['layer']; readonly baseline: Baseline | undefined },
): LaunchPlan['limits'] {
  const limits = {
    CORE: 0,
    NOFILE: MAX_OPEN_FILES,
    FSIZE: bounds.scratchBytes,
    STACK: STACK_BYTES,
    MSGQUEUE: 0,
    MEMLOCK: 0,
  };
  return {
    ...limits,
    // In its own user namespace; without one it would count all processes of the user.
    ...(layer === 'full' && { NPROC: bounds.processes }),
    // None of addresses: where they are used up, mprotect no longer asks for this one (ADR 0012).
    ...(baseline && {
      DATA: inPages(baseline.dataBytes + wanted.memoryBytes + SLACK_BYTES),
    }),
  };
}

/** What a worker may have of RAM, with the processes that it started. */
export const workerBytes = ({ memoryBytes }: Pick<WorkerClass, 'memoryBytes'>, baseline: Baseline): number =>
  inPages(baseline.residentBytes + memoryBytes + SLACK_BYTES);

/** The same with its scratch, which is RAM too. */
export const treeBytes = (
  wanted: Pick<WorkerClass, 'memoryBytes' | 'reused'>,
  bounds: WorkerBounds,
  baseline: Baseline,
): number => workerBytes(wanted, baseline) + (wanted.reused ? 0 : inPages(bounds.scratchBytes));

const PAGE_BYTES = 4_096;

const inPages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
