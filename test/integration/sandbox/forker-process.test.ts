import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Duplex, type Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { MIB } from '../../../src/core/units.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { findGroups } from '../../../src/sandbox/cgroup.ts';
import { createForker } from '../../../src/sandbox/forker.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { encodePlan } from '../../../src/sandbox/launch-plan.ts';
import { listProcesses } from '../../../src/sandbox/proc.ts';
import { createProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import { confinedLaunching, confinedSettings, HAS_GROUPS } from '../../support/confined.ts';
import { codeCall, never } from '../../support/sandbox.ts';
import { ANY_PLAN } from '../../support/silent-launcher.ts';
import { until } from '../../support/until.ts';

const SOON_MS = 5_000;

/** The children of a process that are launchers: its forkers. */
async function forkersOf(server: number): Promise<readonly number[]> {
  const children = (await listProcesses()).filter(({ parent }) => parent === server).map(({ pid }) => pid);
  const programs = await Promise.all(children.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')));
  return children.filter((_, index) => programs[index]?.includes('/launchers/launcher-') === true);
}

async function forkerOf(server: number): Promise<number> {
  const [forker, ...others] = await forkersOf(server);
  if (forker === undefined || others.length > 0) throw new Error('The server does not have one forker.');
  return forker;
}

const isGone = async (pid: number): Promise<boolean> => (await listProcesses()).every((each) => each.pid !== pid);

const nextLine = (output: Readable): Promise<string> =>
  new Promise((resolve) => output.once('data', (line: Buffer) => resolve(line.toString().trim())));

describe.runIf(process.platform === 'linux')('The forker', () => {
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  function start(script: string): { readonly child: ChildProcess; readonly pid: number; readonly output: Readable } {
    // A process group of its own, as a shell on a terminal makes it.
    const child = spawn(process.execPath, ['--import', 'tsx', `test/support/${script}`], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    const { pid, stdout } = child;
    if (pid === undefined) throw new Error('The server could not be started.');
    return { child, pid, output: stdout };
  }

  it('is not reached by the Ctrl-C for its server, which makes calls until it has drained, and ends with it', async () => {
    const { child, pid, output } = start('forker-server.ts');
    expect(await nextLine(output)).toBe('succeeded');
    const forker = await forkerOf(pid);
    const over = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-pid, 'SIGINT');
    expect(await nextLine(output)).toBe('succeeded');
    expect(await forkersOf(pid)).toEqual([forker]);
    child.kill('SIGTERM');
    expect(await over).toBe(0);
    await until(() => isGone(forker), SOON_MS, 'the forker is gone');
  });

  it('ends with a server that is killed', async () => {
    const { pid, output } = start('forker-server.ts');
    expect(await nextLine(output)).toBe('succeeded');
    const forker = await forkerOf(pid);
    process.kill(pid, 'SIGKILL');
    await until(() => isGone(forker), SOON_MS, 'the forker is gone');
  });

  it('may be killed: workers that run go on, and the next launch starts another one', async () => {
    const sandbox = createProcessSandbox({
      launching: await confinedLaunching('base'),
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
    });
    try {
      let begun = (): void => undefined;
      const runs = new Promise<void>((resolve) => (begun = resolve));
      const source = `console.log('begun'); await new Promise((done) => setTimeout(done, 1_000)); return 1;`;
      const running = sandbox.run(codeCall(source, { onLog: () => begun() }), never());
      await runs;
      const first = await forkerOf(process.pid);
      process.kill(first, 'SIGKILL');
      await until(() => isGone(first), SOON_MS, 'the forker is gone');
      expect((await running).outcome).toEqual({ kind: 'succeeded', output: 1 });
      expect((await sandbox.run(codeCall('return 2;'), never())).outcome).toEqual({ kind: 'succeeded', output: 2 });
      expect(await forkerOf(process.pid)).not.toBe(first);
    } finally {
      await sandbox.close();
    }
    expect(await forkersOf(process.pid)).toEqual([]);
  });

  it.runIf(HAS_GROUPS)('says at once that it cannot fork', async () => {
    const groups = await findGroups();
    if (!groups.ok) throw new Error(groups.error);
    const forker = createForker((await confinedSettings('base')).launcher);
    const group = await groups.value.create({ memoryBytes: 64 * MIB, processes: 1 });
    try {
      // It starts the forker, and fails at a later step: before or after all its streams are there.
      await forker.start(ANY_PLAN).then(({ ended }) => ended, String);
      const pid = await forkerOf(process.pid);
      for (const procs of group.procs) await writeFile(procs, String(pid));
      const before = performance.now();
      await expect(forker.start(ANY_PLAN)).rejects.toThrow('The sandbox could not be set up: fork failed (errno 11).');
      expect(performance.now() - before).toBeLessThan(SOON_MS);
    } finally {
      await forker.close();
      await group.remove();
    }
  });

  it('tells nothing to somebody else who listens under the name of its server', async () => {
    const name = await nextLine(start('listening-server.ts').output);
    const { launcher } = await confinedSettings('base');
    const child = spawn(launcher, [name], { cwd: '/', env: {}, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    started.push(child);
    const requests: unknown = child.stdio[3];
    if (!(requests instanceof Duplex)) throw new Error('There is no stream for requests.');
    const token = 'a'.repeat(32);
    const plan = encodePlan(ANY_PLAN);
    requests.write(Buffer.concat([Buffer.from(`${token}${String(plan.length).padStart(8, '0')}`), plan]));
    expect(await nextLine(requests)).toBe(`${token}{"failed":"reach the server","errno":1}`);
  });
});

describe.runIf(process.platform === 'linux')('A local listener', () => {
  it('outlives connections that it cannot take', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/listening-server.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const name = await nextLine(child.stdout);
      const limit = (files: string): Promise<unknown> =>
        promisify(execFile)('prlimit', ['--pid', String(child.pid), `--nofile=${files}:`]);
      const answer = async (): Promise<string> => text(connect({ path: `\0${name}` })).catch(() => 'reset');
      // No descriptor is left, not even the one that Node keeps for this.
      await limit('3');
      const refused = [answer(), answer(), answer()];
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(child.exitCode).toBe(null);
      await limit('1024');
      expect(await answer()).toBe('served');
      await Promise.all(refused);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
