import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listProcesses, liveUsage } from '../../../src/sandbox/proc.ts';
import { createWorker } from '../../../src/sandbox/worker-process.ts';
import { confinedLaunching, LAYERS, SMALL_CLASS } from '../../support/confined.ts';
import { mountHangingFolder, type HangingFolder } from '../../support/hanging-folder.ts';

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
