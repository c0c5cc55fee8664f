import { mkdir, readFile, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { findGroups, removeEmpty, type Groups } from '../../src/sandbox/cgroup.ts';

/**
 * Control groups that count the processor time of each worker's tree, and what the last one had counted. They do not say
 * where: so that what the supervisor measures by other ways is compared with them.
 */
export interface CpuCounter {
  readonly groups: Groups;
  /** Milliseconds until now, or until its end. */
  read(): Promise<number>;
}

/** The kernel's own counter: an account of its own in version 1, a part of every group in version 2; undefined: neither. */
export async function findCpuCounter(): Promise<CpuCounter | undefined> {
  const account = await findAccount();
  if (account !== undefined) return countIn(account);
  const found = await findGroups();
  if (!found.ok || found.value.version === 'v1') return undefined;
  return countInUnified(found.value);
}

/** The folder of this process in the hierarchy that counts processor time, where it may make groups there. */
async function findAccount(): Promise<string | undefined> {
  const membership = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  const own = /^\d+:(?:[^:]*,)?cpuacct(?:,[^:]*)?:(.*)$/m.exec(membership)?.[1];
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const at = /^\S+ \S+ \S+ \/ (\S+) .* - cgroup \S+ \S*\bcpuacct\b/m.exec(mounts)?.[1];
  if (own === undefined || at === undefined) return undefined;
  const folder = path.join(at, own);
  const probe = path.join(folder, `iceos-count-${process.pid}`);
  return mkdir(probe).then(
    () => rmdir(probe).then(() => folder),
    () => undefined,
  );
}

function countIn(account: string): CpuCounter {
  let made = 0;
  let read = (): Promise<number> => Promise.resolve(0);
  return {
    read: () => read(),
    groups: {
      version: 'v1',
      countsCpu: false,
      async create() {
        const folder = path.join(account, `iceos-count-${process.pid}-${(made += 1)}`);
        await mkdir(folder);
        read = async () => Number(await readFile(path.join(folder, 'cpuacct.usage'), 'latin1')) / 1e6;
        return {
          procs: [path.join(folder, 'cgroup.procs')],
          async usage() {
            const last = await read();
            read = () => Promise.resolve(last);
            return { peakMemoryBytes: undefined, metMemory: false, metProcesses: false };
          },
          remove: () => removeEmpty(folder),
        };
      },
    },
  };
}

function countInUnified(groups: Groups): CpuCounter {
  let read = (): Promise<number> => Promise.resolve(0);
  return {
    read: () => read(),
    groups: {
      ...groups,
      async create(limits) {
        const group = await groups.create(limits);
        const stat = path.join(path.dirname(group.procs[0] ?? ''), 'cpu.stat');
        read = async () => Number(/^usage_usec (\d+)$/m.exec(await readFile(stat, 'latin1'))?.[1]) / 1e3;
        return {
          ...group,
          cpuTime: undefined,
          async usage() {
            const last = await read();
            read = () => Promise.resolve(last);
            return group.usage();
          },
        };
      },
    },
  };
}
