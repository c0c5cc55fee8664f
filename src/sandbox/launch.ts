import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { SECOND_MS } from '../core/units.ts';
import type { SandboxLayer } from './sandbox.ts';

/** Workers of one class are interchangeable until one of them is given a call. */
export interface WorkerClass {
  readonly heapMib: number;
  /** Absolute folders that it sees beside its own program: of its tool, and granted ones. */
  readonly folders: readonly string[];
}

/** Of a worker and all that it started, from its first instruction to its end. */
export interface WholeUsage {
  readonly cpuMs: number;
  readonly peakMemoryBytes: number;
}

/** How a worker ended, by itself or not. */
export interface WorkerEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** What became of a worker and all that it started. */
export interface Removal {
  /** False: something of it could not be ended. */
  readonly gone: boolean;
  /** Absent where nobody can measure it. */
  readonly used?: WholeUsage | undefined;
}

/** A worker that was started, before it says that it is ready. */
export interface LaunchedWorker {
  /** As this process counts. */
  readonly pid: number;
  readonly frames: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once it has ended and what it wrote last was read. */
  readonly ended: Promise<WorkerEnd>;
  /** Where it sees a folder of its class. */
  inside(folder: string): string;
  /** Looks from outside whether it is confined as planned; undefined when it is, else what is not. */
  attest(): Promise<string | undefined>;
  /** Has it ended after that time by somebody else than this process, which may be busy; 0: never. */
  endAfter(ms: number): void;
  /** Ends it with all that it started, and removes its scratch. */
  end(): Promise<Removal>;
}

/** A start that takes longer will not come: too small a heap makes Node hang. */
export const READY_TIMEOUT_MS = 30 * SECOND_MS;

/** A way of starting workers: how much it confines them is its layer. */
export interface Launching {
  readonly layer: SandboxLayer;
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
