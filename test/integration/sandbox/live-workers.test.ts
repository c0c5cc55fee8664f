import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIB } from '../../../src/core/units.ts';
import { measureLiveWorkers } from '../../../src/sandbox/live-workers.ts';
import { liveUsage, readProcess } from '../../../src/sandbox/proc.ts';
import type { ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import { codeCall, never, openSandbox } from '../../support/sandbox.ts';
import { until } from '../../support/until.ts';

describe.runIf(process.platform === 'linux')('The workers that are alive', () => {
  let sandbox: ProcessSandbox;
  beforeAll(() => {
    sandbox = openSandbox();
  });
  afterAll(() => sandbox.close());

  it('are counted and measured while they serve a call, and not after it', async () => {
    const nothing = { live: 0, idle: 0, residentBytes: 0, cpuMs: 0 };
    expect(await measureLiveWorkers(sandbox.workers)).toEqual(nothing);
    const abort = new AbortController();
    const source = `const kept = Buffer.alloc(50 * 2 ** 20, 1);
      const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);
      console.log('busy'); await new Promise(() => setInterval(() => kept, 1_000));`;
    let isBusy = false;
    const report = sandbox.run(codeCall(source, { onLog: () => void (isBusy = true) }), abort.signal);
    await until(async () => isBusy, 20_000, 'the code runs');
    const now = await measureLiveWorkers(sandbox.workers);
    expect(now).toMatchObject({ live: 1, idle: 0 });
    expect(now.residentBytes).toBeGreaterThan(50 * MIB);
    expect(now.residentBytes).toBeLessThan(500 * MIB);
    expect(now.cpuMs).toBeGreaterThanOrEqual(290);
    abort.abort();
    expect((await report).outcome.kind).toBe('canceled');
    expect(await measureLiveWorkers(sandbox.workers)).toEqual(nothing);
  });

  it('wait for a call while they are idle', async () => {
    const warm = openSandbox({ warmWorkers: 2 });
    await warm.warm();
    expect(await measureLiveWorkers(warm.workers)).toMatchObject({ live: 0, idle: 2 });
    expect((await warm.run(codeCall('return 1;'), never())).outcome.kind).toBe('succeeded');
    await warm.close();
    expect(await measureLiveWorkers(warm.workers)).toMatchObject({ live: 0, idle: 0 });
  });

  it('are measured when their first thread has ended, too', async () => {
    const source = `import ctypes, os, threading, time
threading.Thread(target=lambda: time.sleep(60)).start()
ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)`;
    const child = spawn('/usr/bin/python3', ['-c', source], { stdio: 'ignore' });
    const { pid = 0 } = child;
    await until(async () => (await readProcess(pid))?.state === 'Z', 5_000, 'its first thread has ended');
    expect((await liveUsage(pid))?.residentBytes).toBeGreaterThan(1_000_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('are measured with the processes that they started, and are nothing once they are gone', async () => {
    const parent = spawn('/bin/sh', ['-c', 'sleep 60 & sleep 60 & wait'], { stdio: 'ignore', detached: true });
    const { pid = 0 } = parent;
    const alone = spawn('/bin/sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await until(
      async () =>
        ((await liveUsage(pid))?.residentBytes ?? 0) > 1.5 * ((await liveUsage(alone.pid ?? 0))?.residentBytes ?? 0),
      5_000,
      'its children run',
    );
    const gone = Promise.all([once(parent, 'exit'), once(alone, 'exit')]);
    process.kill(-pid, 'SIGKILL');
    alone.stdin.end();
    await gone;
    expect(await liveUsage(pid)).toBeUndefined();
  });
});
