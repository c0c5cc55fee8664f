import { liveUsage } from './proc.ts';

/** The workers of this process at one moment. */
export interface LiveWorkers {
  /** Those that serve a call. */
  readonly live: number;
  /** Those that wait for one. */
  readonly idle: number;
  /** RAM of those that serve a call, with the processes that they started; 0 without `/proc`. */
  readonly residentBytes: number;
  /** CPU time of the same, since each of them was started; falls when one ends. */
  readonly cpuMs: number;
}

/** Looks at the workers that serve a call. Only for gauges: what a call used is measured exactly, at its end. */
export async function measureLiveWorkers({
  live,
  idle,
}: {
  readonly live: readonly number[];
  readonly idle: number;
}): Promise<LiveWorkers> {
  const used = await Promise.all(live.map(liveUsage));
  const sum = { live: live.length, idle, residentBytes: 0, cpuMs: 0 };
  for (const one of used) {
    sum.residentBytes += one?.residentBytes ?? 0;
    sum.cpuMs += one?.cpuMs ?? 0;
  }
  return sum;
}
