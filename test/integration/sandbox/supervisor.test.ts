import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIB } from '../../../src/core/units.ts';
import { removeEmpty } from '../../../src/sandbox/cgroup.ts';
import { createForker } from '../../../src/sandbox/forker.ts';
import { listProcesses, liveUsage, readProcess } from '../../../src/sandbox/proc.ts';
import { createWorker } from '../../../src/sandbox/worker-process.ts';
import { confinedLaunching, confinedSettings, LAYERS, SMALL_CLASS } from '../../support/confined.ts';
import { mountHangingFolder, type HangingFolder } from '../../support/hanging-folder.ts';

const parentOf = async (pid: number): Promise<number> => (await readProcess(pid))?.parent ?? 0;

/** Of no worker. */
const ID = 2_079_048_189;
const WATCHED_MS = 1_000;
/** Of CPU time in all; a supervisor that is called awake without end takes the whole second. */
const MOST_MS = 50;

/** Processes that are so many steps below this one. */
async function countBelow(steps: number): Promise<number> {
  const all = await listProcesses();
  let found = [process.pid];
  for (let step = 0; step < steps; step += 1)
    found = all.filter(({ parent }) => found.includes(parent)).map(({ pid }) => pid);
  return found.length;
}

/** The child of the forker, itself a child of this process, from which a worker descends. */
async function supervisorOf(worker: number): Promise<number> {
  const parents = new Map((await listProcesses()).map(({ pid, parent }) => [pid, parent]));
  const above = (pid: number): number => parents.get(pid) ?? 0;
  let found = worker;
  while (found !== 0 && above(above(found)) !== process.pid) found = above(found);
  if (found === 0 || found === worker) throw new Error('The worker has no supervisor.');
  return found;
}

describe.each(LAYERS)('A supervisor in the %s layer', (layer) => {
  it('sleeps while its worker waits for a call', async () => {
    const launching = await confinedLaunching(layer);
    const worker = createWorker(await launching.launch(SMALL_CLASS));
    await worker.ready;
    const supervisor = await supervisorOf(worker.pid);
    // With all below it: nobody there has anything to do.
    const cpuMs = async (): Promise<number> => (await liveUsage(supervisor))?.cpuMs ?? Number.NaN;
    const before = await cpuMs();
    await setTimeout(WATCHED_MS);
    expect((await cpuMs()) - before).toBeLessThanOrEqual(MOST_MS);
    await worker.end();
    await launching.close();
  });
});

describe.runIf(process.platform === 'linux')('A supervisor', () => {
  it('ends a worker that takes too much memory between two calls', async () => {
    const { launcher, filters, isRoot } = await confinedSettings('base');
    const forker = createForker(launcher);
    const supervisor = await forker.start({
      layer: 'base',
      reused: true,
      memoryBytes: 64 * MIB,
      id: isRoot ? ID : undefined,
      binds: [],
      rules: [{ path: '/', access: 'execute' }],
      limits: { CORE: 0 },
      wallMs: 30_000,
      program: '/usr/bin/python3',
      args: ['python3', '-c', 'import time; time.sleep(1); held = bytearray(128 << 20); time.sleep(20)'],
      filter: filters.js,
    });
    await supervisor.started;
    await supervisor.rest();
    expect(await supervisor.ended).toMatchObject({ by: 'memory', signal: 9 });
    await forker.close();
  });
});

/** Of version 1, in which not even SIGKILL reaches a process. */
const FREEZER = '/sys/fs/cgroup/freezer';
const CAN_FREEZE = await access(path.join(FREEZER, 'cgroup.procs'), constants.W_OK).then(
  () => true,
  () => false,
);
const MOST_END_MS = 12_000;

describe.each(LAYERS)('A worker in the %s layer that will not die', (layer) => {
  it.runIf(CAN_FREEZE)('holds up nobody, and is said to be there still', async () => {
    const group = path.join(FREEZER, `iceos-test-${process.pid}-${layer}`);
    await mkdir(group);
    const launching = await confinedLaunching(layer);
    const launched = await launching.launch(SMALL_CLASS);
    await createWorker(launched).ready;
    await writeFile(path.join(group, 'cgroup.procs'), String(launched.pid));
    await writeFile(path.join(group, 'freezer.state'), 'FROZEN');
    const supervisor = await parentOf(layer === 'base' ? launched.pid : await parentOf(launched.pid));
    try {
      const startedAt = performance.now();
      expect(await launched.end()).toEqual({ gone: false });
      expect(performance.now() - startedAt).toBeLessThan(MOST_END_MS);
      // It waits, and does not spin, while there is nothing more that it could do.
      expect(10 * ((await readProcess(supervisor))?.cpuTicks ?? 0)).toBeLessThan(1_000);
    } finally {
      await writeFile(path.join(group, 'freezer.state'), 'THAWED');
    }
    expect(await launched.end()).toMatchObject({ gone: true });
    await launching.close();
    await removeEmpty(group);
  });

  it('is gone with a supervisor that was killed', async () => {
    const launching = await confinedLaunching(layer);
    const launched = await launching.launch(SMALL_CLASS);
    await createWorker(launched).ready;
    process.kill(await parentOf(layer === 'base' ? launched.pid : await parentOf(launched.pid)), 'SIGKILL');
    expect(await launched.end()).toMatchObject({ gone: true });
    expect((await readProcess(launched.pid))?.state ?? 'Z').toBe('Z');
    await launching.close();
  });

  it.runIf(CAN_FREEZE)('is not said to be gone as its supervisor was killed', async () => {
    const group = path.join(FREEZER, `iceos-test-${process.pid}-${layer}-orphan`);
    await mkdir(group);
    const launching = await confinedLaunching(layer);
    const launched = await launching.launch(SMALL_CLASS);
    await createWorker(launched).ready;
    await writeFile(path.join(group, 'cgroup.procs'), String(launched.pid));
    await writeFile(path.join(group, 'freezer.state'), 'FROZEN');
    process.kill(await parentOf(layer === 'base' ? launched.pid : await parentOf(launched.pid)), 'SIGKILL');
    try {
      expect(await launched.end()).toMatchObject({ gone: false });
    } finally {
      await writeFile(path.join(group, 'freezer.state'), 'THAWED');
    }
    await launching.close();
    await removeEmpty(group);
  });
});

describe.runIf(process.platform === 'linux')('A server without a file descriptor', () => {
  it('is told that no worker can be started, lives on, and starts one when it has some again', async () => {
    const script = 'ulimit -n 256; exec "$@"';
    const program = [process.execPath, '--import', 'tsx', 'test/support/few-files.ts'];
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script, 'sh', ...program]);
    expect(JSON.parse(stdout)).toEqual([
      expect.stringMatching(/^sandboxFailed No worker could be started: .*(descriptor|EMFILE)/),
      expect.stringMatching(/^succeeded/),
    ]);
  });
});

// Who is no root is let in before it looks at what it is to see, and cannot make such a folder.
describe.runIf(process.getuid?.() === 0 && existsSync('/dev/fuse'))('A launch that hangs before it is let in', () => {
  let hanging: HangingFolder;
  beforeEach(async () => void (hanging = await mountHangingFolder()));
  afterEach(() => hanging.remove());

  it('is ended when its time is over', async () => {
    const launching = await confinedLaunching('full', { readyMs: 3_000 });
    await expect(launching.launch({ ...SMALL_CLASS, folders: [hanging.file] })).rejects.toThrow(
      /did not start in time/,
    );
    await launching.close();
  });

  it('is ended with the server', async () => {
    const launching = await confinedLaunching('full');
    await launching.baseline();
    const launched = launching.launch({ ...SMALL_CLASS, folders: [hanging.file] }).catch(String);
    await expect.poll(() => countBelow(3)).toBe(1); // forker, supervisor, and what prepares
    await launching.close();
    expect(await launched).toMatch(/ended before the worker was there/);
  });
});
