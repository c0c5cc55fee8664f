import { readdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { SECOND_MS } from '../core/units.ts';
import type { GroupUsage } from './cgroup.ts';
import type { Removal, WorkerEnd } from './launch.ts';
import { readProcess } from './proc.ts';
import { syscallName, type Architecture } from './seccomp/syscall-numbers.ts';
import type { EndedWorker } from './supervisor.ts';

/** What is known of a worker once its supervisor has ended. */
export interface Over {
  /** Undefined when the supervisor was killed. */
  readonly record: EndedWorker | undefined;
  readonly group: GroupUsage | undefined;
  /** Whether its control group was empty; undefined: it had none. */
  readonly isEmpty: boolean | undefined;
}

/** A supervisor kills what does not end two seconds after the order; what takes longer, as in a frozen group, may take for ever. */
const GONE_MS = 8 * SECOND_MS;

/** What a promise resolves with if it does so in the time that the end of a worker may take; else undefined. */
export async function inTimeToEnd<T>(promise: Promise<T>, moreMs = 0): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), moreMs + GONE_MS);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The same of a start, which its supervisor gives up after that long; rejects where even that is not heard. */
export async function inTimeToStart<T extends object>(started: Promise<T>, wallMs: number): Promise<T> {
  const value = await inTimeToEnd(started, wallMs);
  if (value === undefined) throw new Error('The worker neither starts nor ends: something that it is to see may hang.');
  return value;
}

/** What became of a worker that was told to end. */
export async function toRemoval(over: Over | undefined, pid: number): Promise<Removal> {
  if (over === undefined) return { gone: false };
  const { record, group, isEmpty } = over;
  const met = { metMemory: group?.metMemory === true, metProcesses: group?.metProcesses === true };
  // The kernel kills its tree with a supervisor that was killed, but nobody has waited for that.
  if (record === undefined) return { gone: isEmpty ?? (await hasEnded(pid)), ...met };
  const peakMemoryBytes = Math.max(record.peakBytes, group?.peakMemoryBytes ?? 0);
  const used = { cpuMs: record.cpuUs / 1_000, beforeCallMs: record.beforeCallUs / 1_000, peakMemoryBytes };
  return { gone: true, used, ...met };
}

const LOOKS = 50;
const LOOK_EVERY_MS = 20;

/** Looks for a while whether a process is gone, with all its threads. */
async function hasEnded(pid: number): Promise<boolean> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const [entry, threads] = await Promise.all([readProcess(pid), readdir(`/proc/${pid}/task`).catch(() => [])]);
    // Of one that nobody has reaped yet, or whose first thread alone has ended.
    if (entry === undefined || (entry.state === 'Z' && threads.length <= 1)) return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

// Of several names the first: SIGABRT, not SIGIOT.
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .map(([name, number]): [number, string] => [number, name])
    .reverse(),
);

const ENDED_BY: Readonly<Record<string, WorkerEnd['by']>> = {
  wall: 'wall',
  cpu: 'cpu',
  memory: 'memory',
  denied: 'denied',
};

/** How a worker ended, in the words of this system. */
export function toEnd({ record }: Over, architecture: Architecture): WorkerEnd {
  if (record === undefined) return { exitCode: null, signal: 'SIGKILL' };
  const { code, denied } = record;
  const signal = record.signal === 0 ? null : (SIGNALS.get(record.signal) ?? `signal ${record.signal}`);
  return {
    exitCode: signal === null ? code : null,
    signal,
    by: ENDED_BY[record.by],
    ...(denied >= 0 && { deniedCall: syscallName(denied, architecture) }),
  };
}
