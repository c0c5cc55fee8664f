import type { WorkerUsage } from '../protocol/messages.ts';
import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { SECOND_MS } from '../core/units.ts';
import type { Limits } from '../usage/limits.ts';
import type { SandboxReceipt } from '../usage/receipt.ts';
import type { SandboxLayer, SandboxProfile } from './sandbox.ts';

/** Workers of one class are interchangeable until one of them is given a call. */
export interface WorkerClass {
  readonly profile: SandboxProfile;
  /** What a call may need beyond an idle worker. */
  readonly memoryBytes: number;
  /** Absolute folders that it sees beside its own program: of its tool, and granted ones. */
  readonly folders: readonly string[];
  /** Serves calls one after another; it has no scratch then, so that none finds what another left. */
  readonly reused: boolean;
  /** Whose calls it serves, of a class that is reused: tenant, tool, version and grants. */
  readonly owner?: string | undefined;
  /** Name of the interpreter that runs its tool, with the `shell` profile. */
  readonly interpreter?: string | undefined;
}

/** Of a worker and all that it started, from its first instruction to its end. */
export interface WholeUsage {
  readonly cpuMs: number;
  /** The part of it that its last call is not charged for: its start, earlier calls, and what it used at rest. */
  readonly beforeCallMs: number;
  readonly peakMemoryBytes: number;
}

/** How a worker ended, by itself or not. */
export interface WorkerEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Who ended it, where that is known; absent: it ended by itself, or this process ended it. */
  readonly by?: 'wall' | 'cpu' | 'memory' | 'denied' | undefined;
  /** The system call for which it was ended. */
  readonly deniedCall?: string | undefined;
}

/** What became of a worker and all that it started. */
export interface Removal {
  /** False: something of it could not be ended. */
  readonly gone: boolean;
  /** Absent where nobody can measure it. */
  readonly used?: WholeUsage | undefined;
  /** Something of it was killed as the memory of its control group was full. */
  readonly metMemory?: boolean;
  /** Something could not be started, as its control group had as many processes as it may. */
  readonly metProcesses?: boolean;
}

/** What confines a worker, as its receipts say it. */
export type Confinement = Pick<SandboxReceipt, 'profile' | 'layer' | 'cgroup' | 'hasProc'> &
  Pick<SandboxReceipt['limits'], 'processes' | 'scratchBytes'>;

/** A worker that was started, before it says that it is ready. */
export interface LaunchedWorker {
  /** As this process counts. */
  readonly pid: number;
  readonly frames: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly confinement: Confinement;
  /** Resolves once it has ended and what it wrote last was read. */
  readonly ended: Promise<WorkerEnd>;
  /** Path of the program that runs its tool, as it sees it; absent with the `js` profile. */
  readonly interpreter?: string | undefined;
  /** Where it sees a folder of its class. */
  inside(folder: string): string;
  /** Looks from outside whether it is confined as planned; undefined when it is, else what is not. */
  attest(): Promise<string | undefined>;
  /** From now on a call runs: it is ended by somebody else than this process, which may be busy, when it takes too much. */
  beginCall(limits: Pick<Limits, 'timeoutMs' | 'cpuMs'>): void;
  /**
   * From now on it waits. Answers with the CPU time since the call began, or since the start, and the most memory ever;
   * undefined: nobody measured.
   */
  rest(): Promise<WorkerUsage | undefined>;
  /** Ends it with all that it started, and removes its scratch. */
  end(): Promise<Removal>;
}

/** A start that takes longer will not come: too small a limit of data makes Node hang. */
export const READY_TIMEOUT_MS = 15 * SECOND_MS;

/** A way of starting workers: how much it confines them is its layer. */
export interface Launching {
  readonly layer: SandboxLayer;
  /** The most memory that a worker of this class takes in all. */
  bytesOf(wanted: WorkerClass): number;
  /** Rejects with a sentence for the operator when no worker can be started. */
  launch(wanted: WorkerClass): Promise<LaunchedWorker>;
  close(): Promise<void>;
}

/** How long what a worker wrote last is waited for, when the pipes stay open after its end. */
const DRAIN_MS = 50;

/** Resolves when a process has ended and its pipes are read: what it wrote last is still in them when it is gone. */
export function untilDrained(child: ChildProcess): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    child.on('exit', (exitCode, signal) => {
      const tell = (): void => {
        clearTimeout(timer);
        child.off('close', tell);
        resolve({ exitCode, signal });
      };
      // They close once they are read, unless a child of the worker holds them.
      const timer = setTimeout(tell, DRAIN_MS);
      child.on('close', tell);
    });
  });
}
