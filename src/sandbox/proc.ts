import { readFileSync, readdirSync } from 'node:fs';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { KIB } from '../core/units.ts';

/** One process as `/proc/<pid>/stat` shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Page faults of children that have ended: above zero when there ever was one. */
  readonly childFaults: number;
  readonly cpuTicks: number;
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;

/** Reads `/proc/<pid>/stat`; undefined when the process is gone or the system has no such file. */
export async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  return text === undefined ? undefined : parseStat(pid, text);
}

function parseStat(pid: number, text: string): ProcessEntry {
  // The name in parentheses may hold anything, parentheses too; what follows the last one has fixed places.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (index: number): number => Number(fields[index] ?? 0);
  return {
    pid,
    state: fields[0] ?? '?',
    parent: at(1),
    group: at(2),
    session: at(3),
    childFaults: at(8) + at(10),
    cpuTicks: at(11) + at(12) + at(13) + at(14),
  };
}

/** All processes that this one may see. */
export async function listProcesses(): Promise<readonly ProcessEntry[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const entries = await Promise.all(pids.map(readProcess));
  return entries.filter((entry) => entry !== undefined);
}

/** The folder that a process works in; undefined when it may not be read. */
export async function workingFolder(pid: number): Promise<string | undefined> {
  return await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
}

/** What a process and all that descends from it take now, ended children included; undefined when it is gone. */
export async function liveUsage(
  pid: number,
): Promise<{ readonly cpuMs: number; readonly residentBytes: number } | undefined> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const [entry, resident, children] = await Promise.all([
    readProcess(pid),
    readResident(pid, threads),
    listChildren(pid, threads),
  ]);
  if (entry === undefined || resident === undefined) return undefined;
  const sum = { cpuMs: entry.cpuTicks * TICK_MS, residentBytes: Number(resident) * KIB };
  for (const child of await Promise.all(children.map(liveUsage))) {
    sum.cpuMs += child?.cpuMs ?? 0;
    sum.residentBytes += child?.residentBytes ?? 0;
  }
  return sum;
}

/** Of the first thread that says so: one that has ended, as the first of all may have, says nothing. */
async function readResident(pid: number, threads: readonly string[]): Promise<string | undefined> {
  for (const thread of threads) {
    // And not `statm`, which counts in pages, of a size that Node cannot ask for.
    const status = await readFile(`/proc/${pid}/task/${thread}/status`, 'latin1').catch(() => '');
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (resident !== undefined) return resident;
  }
  return undefined;
}

/** A child belongs to the thread that started it. */
async function listChildren(pid: number, threads: readonly string[]): Promise<readonly number[]> {
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'latin1').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

/** CPU of a process and of its ended children, and the peak of its own RAM. */
export async function sampleUsage(
  pid: number,
): Promise<{ readonly cpuMs: number; readonly peakMemoryBytes: number } | undefined> {
  const [entry, status] = await Promise.all([
    readProcess(pid),
    readFile(`/proc/${pid}/status`, 'latin1').catch(() => ''),
  ]);
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  // A process that has just ended still has an entry, but no memory.
  if (entry === undefined || peak === undefined) return undefined;
  return { cpuMs: entry.cpuTicks * TICK_MS, peakMemoryBytes: Number(peak) * KIB };
}

/** True when the process has no child and never had one: then nothing of it can be left behind. */
export function isChildless(pid: number): boolean {
  try {
    // The kernel answers from memory in a fraction of a millisecond; the asynchronous form is a trip to the thread pool for each step.
    // eslint-disable-next-line no-restricted-syntax -- see above
    const entry = parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'));
    if (entry.state === 'Z' || entry.childFaults !== 0) return false;
    // A child belongs to the thread that started it. When a thread ends meanwhile, reading it fails: then nothing is certain.
    // eslint-disable-next-line no-restricted-syntax -- see above
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      // eslint-disable-next-line no-restricted-syntax -- see above
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1') === '';
    });
  } catch {
    return false;
  }
}
