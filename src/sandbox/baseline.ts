import { readFile } from 'node:fs/promises';
import { KIB } from '../core/units.ts';
import type { LaunchedWorker } from './launch.ts';
import { createWorker } from './worker-process.ts';

/**
 * What a worker of this Node takes before any foreign code. It differs by version and flags (address space: 0.8 to 1.5 GiB,
 * data: 50 to 570 MB), so it is measured, and limits are set on top of it.
 */
export interface Baseline {
  /** Of RLIMIT_AS. */
  readonly addressBytes: number;
  /** Of RLIMIT_DATA. */
  readonly dataBytes: number;
  readonly residentBytes: number;
}

/** Measures a worker that was launched without limits of memory, and ends it. Rejects when it does not get ready. */
export async function measureBaseline(launched: LaunchedWorker): Promise<Baseline> {
  const worker = createWorker(launched);
  try {
    const ready = await worker.ready;
    if (ready === undefined) throw new Error('The worker ended before it was ready.');
    const status = await readFile(`/proc/${worker.pid}/status`, 'latin1');
    const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * KIB;
    return { addressBytes: bytes('VmPeak'), dataBytes: bytes('VmData'), residentBytes: bytes('VmHWM') };
  } finally {
    await worker.end();
  }
}
