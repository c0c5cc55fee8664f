import { MIB } from '../core/units.ts';
import type { SeccompProgram } from './seccomp/assemble.ts';

/** What the launcher is to build, and to become. The text form is read by launcher/plan.c. */
export interface LaunchPlan {
  readonly layer: 'base' | 'full';
  /** For many calls, one after another: then the kernel keeps no limit of one call. */
  readonly reused?: boolean | undefined;
  /** It may start processes: then the limits of a call hold for its whole tree. */
  readonly processes?: boolean | undefined;
  /** The most RAM of its whole tree in a call, as often as the supervisor looks; absent: not bounded. */
  readonly memoryBytes?: number | undefined;
  /** Absolute paths of the `cgroup.procs` that the worker's tree joins before it runs. */
  readonly groups?: readonly string[] | undefined;
  /** Absolute path of the file in which they count CPU time. */
  readonly cpuTime?: string | undefined;
  /** The server is root: the worker becomes this user and group of the machine, which belong to its slot alone. */
  readonly id?: number | undefined;
  readonly binds: readonly Bind[];
  readonly rules: readonly PathRule[];
  /** By the names of setrlimit without RLIMIT_, in its units; soft and hard are the same. */
  readonly limits: Readonly<Record<string, number>>;
  /** Of the writable tmpfs; absent: nothing is writable. */
  readonly scratch?: { readonly bytes: number; readonly files: number } | undefined;
  /** When the supervisor ends the worker, unless it rests by then; each call has a time of its own. */
  readonly wallMs: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly filter: SeccompProgram;
}

/** A file or folder of the machine in the private root, read-only. */
export interface Bind {
  readonly source: string;
  readonly target: string;
  /** Also to map code from: libraries are not executed, but mapped. */
  readonly executable: boolean;
}

/** What Landlock allows on a path, as the worker sees it, and below. */
export interface PathRule {
  readonly path: string;
  readonly access: 'read' | 'execute' | 'write';
}

/** As the launcher has it: to a longer one it could not answer, and would end (launcher/launcher.h). */
const MAX_PLAN_BYTES = MIB;

const ACCESS = { read: 'r', execute: 'x', write: 'w' } as const;

/** The plan in the launcher's form: words that end with NUL, and the filter's bytes last. */
export function encodePlan(plan: LaunchPlan): Buffer {
  const { id, scratch, filter } = plan;
  const words: (string | number)[] = ['layer', plan.layer];
  if (plan.reused === true) words.push('reused');
  if (plan.processes === true) words.push('processes');
  if (plan.memoryBytes !== undefined) words.push('memory', plan.memoryBytes);
  for (const group of plan.groups ?? []) words.push('group', group);
  if (plan.cpuTime !== undefined) words.push('cpu-time', plan.cpuTime);
  if (id !== undefined) words.push('ids', id, id);
  for (const { source, target, executable } of plan.binds) words.push('bind', source, target, executable ? 'x' : 'r');
  for (const { path, access } of plan.rules) words.push('allow', path, ACCESS[access]);
  for (const [name, value] of Object.entries(plan.limits)) words.push('limit', name, value);
  if (scratch !== undefined) {
    // Root mounts it while it still is root, for somebody else.
    const owner = id === undefined ? '' : `,uid=${id},gid=${id}`;
    words.push('scratch', `size=${scratch.bytes},nr_inodes=${scratch.files},mode=0700${owner}`);
  }
  words.push('wall', plan.wallMs, 'program', plan.program);
  for (const arg of plan.args) words.push('arg', arg);
  for (const { instruction, value } of filter.patches) words.push('patch', instruction, value);
  words.push('filter', filter.bytes.length);
  for (const word of words) {
    if (String(word).includes('\0')) throw new TypeError('A word of a launch plan has a NUL in it.');
  }
  const encoded = Buffer.concat([Buffer.from(words.map((word) => `${word}\0`).join('')), filter.bytes]);
  if (encoded.length > MAX_PLAN_BYTES) {
    throw new Error(
      `The plan of a launch has ${encoded.length} bytes, and the launcher takes ${MAX_PLAN_BYTES}: grant the call fewer folders, or folders with shorter paths.`,
    );
  }
  return encoded;
}
