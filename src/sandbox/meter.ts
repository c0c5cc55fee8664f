import type { WorkerUsage } from '../protocol/messages.ts';
import type { UsageSource } from '../usage/receipt.ts';
import type { WholeUsage } from './launch.ts';
import { sampleUsage } from './proc.ts';
import type { SandboxUsage } from './sandbox.ts';

export interface MeasuredUsage extends SandboxUsage {
  readonly source: UsageSource;
}

export const NOT_MEASURED: MeasuredUsage = { cpuMs: 0, wallMs: 0, peakMemoryBytes: 0, source: 'none' };

const FIRST_LOOK_MS = 50;
const LOOK_EVERY_MS = 250;

export interface Meter {
  /** Ends the measuring, while the worker still runs if it can. `reported` is what the worker said of itself. */
  stop(reported: WorkerUsage | undefined): Promise<void>;
  /** Of a worker that lives on: what its supervisor read, before and after. The kernel keeps one peak for a whole process. */
  delta(used: WorkerUsage): MeasuredUsage;
  /** Once it is gone: `whole` is what somebody measured to whom the worker cannot lie. */
  result(whole: WholeUsage | undefined): MeasuredUsage;
}

/**
 * Measures one call of a worker from now on. `looks`: at `/proc` now and then, as a worker that is killed cannot report, and
 * nobody else measures it.
 */
export function meter(pid: number, atReady: WorkerUsage, { looks }: { readonly looks: boolean }): Meter {
  const startedAt = performance.now();
  let last: WorkerUsage | undefined;
  let reported: WorkerUsage | undefined;
  let wallMs = 0;
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
  if (looks) lookAgain(FIRST_LOOK_MS);

  const since = (beforeMs: number, { cpuMs, peakMemoryBytes }: WorkerUsage): SandboxUsage => ({
    cpuMs: Math.max(0, cpuMs - beforeMs),
    peakMemoryBytes,
    wallMs,
  });

  return {
    async stop(said) {
      wallMs = performance.now() - startedAt;
      clearTimeout(timer);
      timer = undefined;
      reported = said;
      if (reported === undefined && looks) await look();
    },
    delta: ({ cpuMs, peakMemoryBytes }) => ({ cpuMs: Math.max(0, cpuMs), peakMemoryBytes, wallMs, source: 'delta' }),
    result(whole) {
      if (whole !== undefined) return { ...since(whole.beforeCallMs, whole), source: 'supervisor' };
      if (reported !== undefined) return { ...reported, wallMs, source: 'worker' };
      return last === undefined ? { ...NOT_MEASURED, wallMs } : { ...since(atReady.cpuMs, last), source: 'proc' };
    },
  };
}
