import { readFile } from 'node:fs/promises';
import { KIB } from '../core/units.ts';
import type { LaunchedWorker } from './launch.ts';
import { createWorker, type ReadyWorker, type WorkerProcess } from './worker-process.ts';

/**
 * What a worker of this Node takes before any foreign code. It differs by version and flags (data: 50 to 570 MB), so it is measured, and limits are set on top of it.
 */
export interface Baseline {
  /** Of RLIMIT_DATA. */
  readonly dataBytes: number;
  readonly residentBytes: number;
}

/** Measures a worker that was launched without limits of memory, and ends it. Rejects when it does not get ready. */
export async function measureBaseline(launched: LaunchedWorker): Promise<Baseline> {
  const worker = createWorker(launched);
  try {
    await readyOf(worker, launched);
    const status = await readFile(`/proc/${worker.pid}/status`, 'latin1');
    const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * KIB;
    return { dataBytes: bytes('VmData'), residentBytes: bytes('VmHWM') };
  } finally {
    await worker.end();
  }
}

/** Rejects with why it did not get ready. */
export async function readyOf({ ready }: WorkerProcess, { ended }: LaunchedWorker): Promise<ReadyWorker> {
  const found = await ready;
  if (found !== undefined) return found;
  const { by } = await ended;
  throw new Error(
    by === 'wall'
      ? 'a worker did not get ready in time; its limits may be too small for this Node'
      : 'a worker ended before it was ready',
  );
}
