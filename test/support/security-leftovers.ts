import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { listProcesses, type ProcessEntry } from '../../src/sandbox/proc.ts';
import { pidNamespaceOf, uidOf, type WorkerMark } from './security.ts';

/** What a process has and shows, to be compared with later. */
interface Belongings {
  readonly pids: ReadonlySet<number>;
  readonly descriptors: number;
  readonly mounts: readonly string[];
  readonly files: readonly string[];
  readonly groups: readonly string[];
}

/** Finds what workers leave behind of processes, descriptors, mounts, control groups and temporary files. */
export interface LeftoverWatch {
  /** One sentence on each; waits a moment for what is just being removed. */
  find(marks: readonly WorkerMark[]): Promise<readonly string[]>;
}

const SETTLE_MS = 2_000;

/** Remembers how this process is now. */
export async function watchLeftovers(): Promise<LeftoverWatch> {
  const before = await look();
  return {
    async find(marks) {
      const giveUpAt = performance.now() + SETTLE_MS;
      for (;;) {
        const found = await compare(before, marks);
        if (found.length === 0 || performance.now() > giveUpAt) return found;
        await delay(20);
      }
    },
  };
}

async function look(): Promise<Belongings> {
  // First and alone: whatever else is read takes descriptors meanwhile.
  const descriptors = (await readdir('/proc/self/fd')).length;
  const [processes, mounts, files, groups] = await Promise.all([
    listProcesses(),
    ownMounts(),
    readdir(tmpdir()),
    ownGroups(),
  ]);
  return { pids: new Set(processes.map(({ pid }) => pid)), descriptors, mounts, files, groups };
}

async function compare(before: Belongings, marks: readonly WorkerMark[]): Promise<readonly string[]> {
  const now = await look();
  const found = await strays(before, marks);
  if (now.descriptors > before.descriptors) found.push(`${now.descriptors - before.descriptors} descriptors more`);
  const mounts = now.mounts.filter((mount) => !before.mounts.includes(mount));
  if (mounts.length > 0) found.push(`mounts: ${mounts.join(', ')}`);
  const files = now.files.filter((file) => !before.files.includes(file));
  if (files.length > 0) found.push(`temporary files: ${files.join(', ')}`);
  const groups = now.groups.filter((group) => !before.groups.includes(group));
  if (groups.length > 0) found.push(`control groups: ${groups.join(', ')}`);
  return found;
}

/** Processes that a worker has started or is, and children of this process, zombies too. */
async function strays(before: Belongings, marks: readonly WorkerMark[]): Promise<string[]> {
  const all = (await listProcesses()).filter(({ pid }) => !before.pids.has(pid));
  const ours = new Set([process.pid]);
  // A child has a higher place in the list only by chance, so until nothing is added.
  for (let size = 0; size !== ours.size;) {
    size = ours.size;
    for (const entry of all) if (ours.has(entry.parent)) ours.add(entry.pid);
  }
  const found: string[] = [];
  for (const entry of all) {
    const why = ours.has(entry.pid) ? 'a descendant' : await markIn(entry, marks);
    if (why !== undefined) found.push(`process ${entry.pid} (${entry.state}), ${why}`);
  }
  return found;
}

async function markIn(entry: ProcessEntry, marks: readonly WorkerMark[]): Promise<string | undefined> {
  const [uid, pidNamespace] = await Promise.all([uidOf(entry.pid), pidNamespaceOf(entry.pid)]);
  for (const mark of marks) {
    if (mark.pid === entry.pid) return 'the worker';
    if (mark.session === entry.session) return 'in the session of a worker';
    if (mark.uid !== undefined && mark.uid === uid) return 'of the user of a worker';
    // Numbers of namespaces are used again at once, also by programs of others.
    if (uid === process.getuid?.() && mark.pidNamespace !== undefined && mark.pidNamespace === pidNamespace)
      return 'in the namespace of a worker';
  }
  return undefined;
}

/** Mounts where the launcher makes them: a machine has programs that mount other things elsewhere. */
async function ownMounts(): Promise<readonly string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'latin1')).split('\n');
  return lines.filter((line) => /^\S+ \S+ \S+ \S+ \/(tmp|scratch|folders|worker\.cjs|prober)(\/\S*)? /.test(line));
}

/** Folders of control groups below the one of this process. */
async function ownGroups(): Promise<readonly string[]> {
  const text = await readFile('/proc/self/cgroup', 'latin1').catch(() => '');
  const folders = text.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match === null) return [];
    const [, controllers = '', own = ''] = match;
    return [`/sys/fs/cgroup/${controllers.replace(/^name=/, '')}${own}`];
  });
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const made = entries.filter(
        (entry) => entry.isDirectory() && entry.name.startsWith(`iceos-worker-${process.pid}-`),
      );
      return made.map(({ name }) => `${folder}/${name}`);
    }),
  );
  return lists.flat();
}
