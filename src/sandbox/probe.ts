import { MIB } from '../core/units.ts';
import { measureBaseline, type Baseline } from './baseline.ts';
import type { Launching, WorkerClass } from './launch.ts';
import type { LaunchFailure } from './remedies.ts';
import { LaunchError } from './supervisor.ts';
import { createWorker } from './worker-process.ts';

const PROBE_CLASS: WorkerClass = { profile: 'js', memoryBytes: 64 * MIB, folders: [], reused: false };

/** Launches one worker and looks at it; why that did not work, else undefined. */
export async function probe(launching: Launching, readyMs: number): Promise<LaunchFailure | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const worker = createWorker(await launching.launch(PROBE_CLASS));
    try {
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), readyMs);
      });
      const ready = await Promise.race([worker.ready, late]);
      if (ready === 'late')
        return {
          message: `a worker did not get ready within ${readyMs} ms; its limits may be too small for this Node`,
        };
      if (ready === undefined) return { message: 'a worker ended before it was ready' };
      return ready.fault === undefined
        ? undefined
        : { message: `a worker was not confined as planned: ${ready.fault}` };
    } finally {
      clearTimeout(timer);
      await worker.end();
    }
  } catch (error) {
    return toFailure(error);
  }
}

function toFailure(error: unknown): LaunchFailure {
  if (error instanceof LaunchError) {
    return {
      message: `the step "${error.step}" of the launch failed (errno ${error.errno})`,
      step: error.step,
      errno: error.errno,
    };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

/** What a worker of this Node takes before any foreign code. */
export async function baselineOf(launching: Launching): Promise<Baseline> {
  return measureBaseline(await launching.launch(PROBE_CLASS));
}
