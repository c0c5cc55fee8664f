import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { err, ok, type Result } from '../core/result.ts';

export interface GroupLimits {
  /** Of the whole tree, with its scratch. */
  readonly memoryBytes: number;
  /** Processes and threads at once. */
  readonly processes: number;
}

/** What a group counted until its end. */
export interface GroupUsage {
  readonly peakMemoryBytes: number | undefined;
  /** Something was killed as the memory was full. */
  readonly metMemory: boolean;
  /** Something could not be started. */
  readonly metProcesses: boolean;
}

/** The control group of one worker's tree. */
export interface Group {
  /** Absolute paths of the files through which a process joins. */
  readonly procs: readonly string[];
  /** Absolute path of the file that counts the CPU time of its processes; absent where none does. */
  readonly cpuTime?: string | undefined;
  usage(): Promise<GroupUsage>;
  /** Once it is empty. */
  remove(): Promise<void>;
}

/** Control groups below the one of this process. */
export interface Groups {
  readonly version: 'v1' | 'v2';
  /** Its groups count CPU time too. */
  readonly countsCpu: boolean;
  create(limits: GroupLimits): Promise<Group>;
}

/** Where the kernel shows what belongs to this process; tests have folders of their own. */
export interface GroupFiles {
  /** The text of `/proc/self/cgroup`. */
  readonly membership: string;
  /** The text of `/proc/self/mountinfo`. */
  readonly mounts: string;
  readonly pid: number;
}

const NAME = 'iceos-worker-';
const SERVER = 'iceos-server';
const CONTROLLERS = ['memory', 'pids'] as const;

/** Finds the groups that this process may make, by making one; else a sentence that says why it may not. */
export async function findGroups(files?: GroupFiles): Promise<Result<Groups, string>> {
  if (process.platform !== 'linux' && files === undefined) return err('there are no control groups on this system');
  const given = files ?? {
    membership: await readFile('/proc/self/cgroup', 'utf8').catch(() => ''),
    mounts: await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    pid: process.pid,
  };
  const places = findPlaces(given);
  if (places === undefined) return err('no control groups with the controllers memory and pids are mounted');
  const { version, folders } = places;
  try {
    if (version === 'v2') await delegate(folders.memory, given.pid);
    const { cpuacct, ...bounding } = folders;
    const counts = cpuacct !== undefined && (await canDivide(cpuacct, given.pid));
    const all = new Set([bounding.memory, bounding.pids, ...(counts ? [cpuacct] : [])]);
    await Promise.all([...all].map(removeForgotten));
    const groups = createGroups(version, counts ? folders : bounding, given.pid);
    const probe = await groups.create({ memoryBytes: 2 ** 30, processes: 64 });
    await probe.remove();
    return ok(groups);
  } catch (error) {
    return err(`the control group ${folders.memory} cannot be divided: ${messageOf(error)}`);
  }
}

interface Folders extends Readonly<Record<(typeof CONTROLLERS)[number], string>> {
  /** In version 2 the same as the others. */
  readonly cpuacct?: string | undefined;
}

/** It only counts: where it cannot be had, the others are worth having. */
async function canDivide(folder: string, pid: number): Promise<boolean> {
  const probe = path.join(folder, `${NAME}${pid}-${randomBytes(6).toString('hex')}`);
  return mkdir(probe).then(
    () => rmdir(probe).then(() => true),
    () => false,
  );
}

/** The folders of this process's own groups: one in version 2, one for each controller in version 1. */
export function findPlaces({
  membership,
  mounts,
}: Pick<GroupFiles, 'membership' | 'mounts'>):
  { readonly version: 'v1' | 'v2'; readonly folders: Folders } | undefined {
  const own = membership
    .split('\n')
    .map((line) => /^(\d+):([^:]*):(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, , controllers = '', group = '']) => ({ controllers: controllers.split(','), group }));
  const mounted = mounts
    .split('\n')
    .map((line) => /^\S+ \S+ \S+ (\S+) (\S+) .* - (cgroup2?) \S+ (\S+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, root = '', at = '', type = '', options = '']) => ({ root, at, type, options: options.split(',') }));
  const folderOf = (controller: string, type: 'cgroup' | 'cgroup2'): string | undefined => {
    const group = own.find(({ controllers }) => controllers.includes(type === 'cgroup2' ? '' : controller))?.group;
    const mount = mounted.find(
      (each) => each.type === type && (type === 'cgroup2' || each.options.includes(controller)),
    );
    if (group === undefined || mount === undefined) return undefined;
    // In a container the mount shows a part of the tree, whose top is the container's own group.
    return path.join(mount.at, path.relative(mount.root, group));
  };
  const [memory, pids] = CONTROLLERS.map((controller) => folderOf(controller, 'cgroup'));
  if (memory !== undefined && pids !== undefined) {
    return { version: 'v1', folders: { memory, pids, cpuacct: folderOf('cpuacct', 'cgroup') } };
  }
  const unified = folderOf('', 'cgroup2');
  return unified === undefined
    ? undefined
    : { version: 'v2', folders: { memory: unified, pids: unified, cpuacct: unified } };
}

/** In version 2 a group with processes of its own cannot have children with limits: this process moves into a child. */
async function delegate(folder: string, pid: number): Promise<void> {
  const wanted = CONTROLLERS.map((controller) => `+${controller}`).join(' ');
  const has = async (file: string): Promise<boolean> => {
    const names = (await readFile(path.join(folder, file), 'utf8')).trim().split(/\s+/);
    return CONTROLLERS.every((controller) => names.includes(controller));
  };
  if (await has('cgroup.subtree_control')) return;
  if (!(await has('cgroup.controllers'))) throw new Error('the controllers memory and pids are not delegated to it');
  const server = path.join(folder, SERVER);
  await mkdir(server, { recursive: true });
  await writeFile(path.join(server, 'cgroup.procs'), String(pid));
  await writeFile(path.join(folder, 'cgroup.subtree_control'), wanted);
}

/** Of servers that were killed. Those of living ones stay, also empty: their worker may be about to join. */
async function removeForgotten(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const forgotten = names.filter(
    (name) => name.startsWith(NAME) && !isAlive(Number.parseInt(name.slice(NAME.length), 10)),
  );
  await Promise.all(forgotten.map((name) => rmdir(path.join(folder, name)).catch(() => undefined)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user: it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function createGroups(version: 'v1' | 'v2', folders: Folders, pid: number): Groups {
  return {
    version,
    countsCpu: folders.cpuacct !== undefined,
    async create(limits) {
      const name = `${NAME}${pid}-${randomBytes(6).toString('hex')}`;
      const memory = path.join(folders.memory, name);
      const pids = path.join(folders.pids, name);
      const counting = folders.cpuacct && path.join(folders.cpuacct, name);
      const all = [...new Set([memory, pids, ...(counting === undefined ? [] : [counting])])];
      try {
        for (const folder of all) await mkdir(folder);
        await Promise.all([
          setMemory(version, memory, limits.memoryBytes),
          write(pids, 'pids.max', limits.processes),
          ...all.map((folder) => yieldToServer(version, folder)),
        ]);
      } catch (error) {
        await Promise.all(all.map((folder) => rmdir(folder).catch(() => undefined)));
        throw error;
      }
      return {
        procs: all.map((folder) => path.join(folder, 'cgroup.procs')),
        cpuTime: counting && path.join(counting, version === 'v1' ? 'cpuacct.usage' : 'cpu.stat'),
        usage: () => readUsage(version, memory, pids),
        async remove() {
          await Promise.all(all.map(removeEmpty));
        },
      };
    },
  };
}

const write = (folder: string, file: string, value: number): Promise<void> =>
  writeFile(path.join(folder, file), String(value));

/** Where a machine counts no swap there is nothing to forbid. */
const ifThere = (written: Promise<void>): Promise<void> => written.catch(() => undefined);

/**
 * A tenth of the weight that a group has by itself: where groups share the processors out, the priority of a process counts within
 * its own group alone. In version 1 `cpuacct` often comes with `cpu`, which nobody asked for.
 */
async function yieldToServer(version: 'v1' | 'v2', folder: string): Promise<void> {
  const [file, weight] = version === 'v1' ? (['cpu.shares', 102] as const) : (['cpu.weight', 10] as const);
  const isThere = await access(path.join(folder, file)).then(
    () => true,
    () => false,
  );
  if (isThere) await write(folder, file, weight);
}

async function setMemory(version: 'v1' | 'v2', folder: string, bytes: number): Promise<void> {
  if (version === 'v1') {
    await write(folder, 'memory.limit_in_bytes', bytes);
    await ifThere(write(folder, 'memory.memsw.limit_in_bytes', bytes));
    await ifThere(write(folder, 'memory.swappiness', 0));
  } else {
    await write(folder, 'memory.max', bytes);
    await ifThere(write(folder, 'memory.swap.max', 0));
    await ifThere(write(folder, 'memory.oom.group', 1));
  }
}

async function readUsage(version: 'v1' | 'v2', memory: string, pids: string): Promise<GroupUsage> {
  const isFirst = version === 'v1';
  const [peak, kills, refused] = await Promise.all([
    read(memory, isFirst ? 'memory.max_usage_in_bytes' : 'memory.peak'),
    read(memory, isFirst ? 'memory.oom_control' : 'memory.events'),
    read(pids, 'pids.events'),
  ]);
  return {
    peakMemoryBytes: peak.trim() === '' ? undefined : Number(peak),
    metMemory: countOf(kills, 'oom_kill') > 0,
    metProcesses: countOf(refused, 'max') > 0,
  };
}

const read = (folder: string, file: string): Promise<string> =>
  readFile(path.join(folder, file), 'latin1').catch(() => '');

const countOf = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);

const REMOVE_TRIES = 20;
const REMOVE_EVERY_MS = 5;

/** The kernel takes a moment to let go of processes that have ended. */
export async function removeEmpty(folder: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if (tries === REMOVE_TRIES) throw error;
      await delay(REMOVE_EVERY_MS);
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
