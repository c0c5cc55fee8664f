import { MIB } from '../core/units.ts';
import { measureBaseline, readyOf, type Baseline } from './baseline.ts';
import type { Launching, WorkerClass } from './launch.ts';
import type { LaunchFailure } from './remedies.ts';
import { LaunchError } from './supervisor.ts';
import { createWorker } from './worker-process.ts';

const PROBE_CLASS: WorkerClass = { profile: 'js', memoryBytes: 64 * MIB, folders: [], reused: false };

/** Launches one worker and looks at it; why that did not work, else undefined. It is a whole launch, as refusals come late. */
export async function probe(launching: Launching): Promise<LaunchFailure | undefined> {
  try {
    const launched = await launching.launch(PROBE_CLASS);
    const worker = createWorker(launched);
    try {
      const { fault } = await readyOf(worker, launched);
      return fault === undefined ? undefined : { message: `a worker was not confined as planned: ${fault}` };
    } finally {
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
