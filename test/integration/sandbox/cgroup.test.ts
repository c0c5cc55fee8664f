import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findGroups, findPlaces } from '../../../src/sandbox/cgroup.ts';
import { MIB } from '../../../src/core/units.ts';
import { HAS_GROUPS } from '../../support/confined.ts';

const V1_MOUNTS = `30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
34 30 0:31 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
38 30 0:35 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids`;

describe('The places of control groups', () => {
  it('are one for each controller in version 1', () => {
    expect(findPlaces({ membership: '8:pids:/\n4:memory:/a/b\n0::/', mounts: V1_MOUNTS })).toEqual({
      version: 'v1',
      folders: { memory: '/sys/fs/cgroup/memory/a/b', pids: '/sys/fs/cgroup/pids' },
    });
  });

  it('count processor time too where version 1 has an account of it', () => {
    const mounts = `${V1_MOUNTS}\n32 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct`;
    const found = findPlaces({ membership: '8:pids:/\n4:memory:/a/b\n2:cpu,cpuacct:/c\n0::/', mounts });
    expect(found?.folders.cpuacct).toBe('/sys/fs/cgroup/cpu,cpuacct/c');
  });

  it('are one for all in version 2', () => {
    const mounts = '29 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
    expect(findPlaces({ membership: '0::/user.slice/x.scope', mounts })).toEqual({
      version: 'v2',
      folders: {
        memory: '/sys/fs/cgroup/user.slice/x.scope',
        pids: '/sys/fs/cgroup/user.slice/x.scope',
        cpuacct: '/sys/fs/cgroup/user.slice/x.scope',
      },
    });
  });

  it('count from the top of what a container is shown', () => {
    const mounts = '29 22 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw';
    expect(findPlaces({ membership: '0::/docker/abc', mounts })?.folders.memory).toBe('/sys/fs/cgroup');
  });

  it('are missing where nothing is mounted, or the controllers are not', () => {
    expect(findPlaces({ membership: '0::/', mounts: '' })).toBeUndefined();
    expect(findPlaces({ membership: '4:cpu:/', mounts: V1_MOUNTS })).toBeUndefined();
  });
});

// A folder stands in for the kernel's: what is written where, without a machine that has version 2 delegated.
describe('Control groups of version 2', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  const files = (): Parameters<typeof findGroups>[0] => ({
    membership: '0::/',
    mounts: `29 22 0:26 / ${root} rw - cgroup2 cgroup2 rw`,
    pid: 4711,
  });
  const given = (controllers: string, subtree: string): Promise<unknown> =>
    Promise.all([
      writeFile(path.join(root, 'cgroup.controllers'), controllers),
      writeFile(path.join(root, 'cgroup.subtree_control'), subtree),
    ]);

  it('are refused where the controllers are not delegated', async () => {
    await given('cpu io', '');
    expect(await findGroups(files())).toEqual({ ok: false, error: expect.stringContaining('not delegated') });
  });

  it('move this process out of the way, and hand the controllers down', async () => {
    await given('cpu memory pids', '');
    const found = await findGroups(files());
    // The probe's folder has files here, which a real group has not: it cannot be removed.
    expect(found.ok).toBe(false);
    expect(await readFile(path.join(root, 'iceos-server', 'cgroup.procs'), 'utf8')).toBe('4711');
    expect(await readFile(path.join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids');
    const group = (await readdir(root)).find((name) => name.startsWith('iceos-worker-')) ?? '';
    const written = await readdir(path.join(root, group));
    expect(written.sort()).toEqual(['memory.max', 'memory.oom.group', 'memory.swap.max', 'pids.max']);
    expect(await readFile(path.join(root, group, 'memory.swap.max'), 'utf8')).toBe('0');
  });
});

describe.runIf(HAS_GROUPS)('Control groups of this machine', () => {
  it('bound, count, and are gone once they are removed', async () => {
    const found = await findGroups();
    if (!found.ok) throw new Error(found.error);
    const group = await found.value.create({ memoryBytes: 64 * MIB, processes: 7 });
    const folders = group.procs.map((file) => path.dirname(file));
    const limits = await Promise.all(
      folders.flatMap((folder) =>
        ['memory.limit_in_bytes', 'memory.max', 'pids.max'].map((file) =>
          readFile(path.join(folder, file), 'utf8').catch(() => ''),
        ),
      ),
    );
    expect(limits.map((text) => text.trim()).filter((text) => text !== '')).toEqual([String(64 * MIB), '7']);
    if (found.value.countsCpu) expect(await readFile(group.cpuTime ?? '', 'utf8')).toMatch(/^(usage_usec )?\d+$/m);
    expect(await group.usage()).toMatchObject({ metMemory: false, metProcesses: false });
    await group.remove();
    await Promise.all(folders.map((folder) => expect(readdir(folder)).rejects.toThrow('ENOENT')));
  });

  it('of servers that were killed are removed by the next one', async () => {
    const found = await findGroups();
    if (!found.ok) throw new Error(found.error);
    const group = await found.value.create({ memoryBytes: 64 * MIB, processes: 7 });
    const folder = path.dirname(group.procs[0] ?? '');
    const forgotten = path.join(path.dirname(folder), 'iceos-worker-99999999-x');
    await mkdir(forgotten);
    await group.remove();
    await findGroups();
    await expect(readdir(forgotten)).rejects.toThrow('ENOENT');
  });
});
