import type { WorkerUsage } from '../protocol/messages.ts';
import { sampleUsage } from './proc.ts';
import type { SandboxUsage } from './sandbox.ts';

/** Who measured: the worker itself in its last message, the parent from `/proc`, or nobody (it ended between two looks). */
export type UsageSource = 'worker' | 'proc' | 'none';

export interface MeasuredUsage extends SandboxUsage {
  readonly source: UsageSource;
}

export const NOT_MEASURED: MeasuredUsage = { cpuMs: 0, wallMs: 0, peakMemoryBytes: 0, source: 'none' };

const FIRST_LOOK_MS = 50;
const LOOK_EVERY_MS = 250;

export interface Meter {
  /** Ends the measuring, while the worker still runs if it can. `reported` is what the worker said of itself. */
  stop(reported: WorkerUsage | undefined): Promise<MeasuredUsage>;
}

/** Measures one call of a worker from now on. Looks at `/proc` now and then, as a worker that is killed cannot report. */
export function meter(pid: number, baseline: WorkerUsage, platform: string): Meter {
  const startedAt = performance.now();
  let last: WorkerUsage | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    last = (await sampleUsage(pid)) ?? last;
  }
  function lookAgain(afterMs: number): void {
    timer = setTimeout(() => {
      void look().then(() => {
        if (timer !== undefined) lookAgain(LOOK_EVERY_MS);
      });
    }, afterMs);
  }
  if (platform === 'linux') lookAgain(FIRST_LOOK_MS);

  return {
    async stop(reported) {
      const wallMs = performance.now() - startedAt;
      clearTimeout(timer);
      timer = undefined;
      if (reported !== undefined) return { ...reported, wallMs, source: 'worker' };
      if (platform === 'linux') await look();
      if (last === undefined) return { ...NOT_MEASURED, wallMs };
      return {
        cpuMs: Math.max(0, last.cpuMs - baseline.cpuMs),
        peakMemoryBytes: last.peakMemoryBytes,
        wallMs,
        source: 'proc',
      };
    },
  };
}
