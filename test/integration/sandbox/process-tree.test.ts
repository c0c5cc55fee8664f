import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SandboxReport } from '../../../src/sandbox/sandbox.ts';
import type { ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import { codeCall, never, openSandbox, WORKER_BUNDLE } from '../../support/sandbox.ts';

let scratchFolder: string;
let sandbox: ProcessSandbox;

beforeEach(async () => {
  scratchFolder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
  sandbox = openSandbox({ scratchFolder });
});
afterEach(async () => {
  await sandbox.close();
  await rm(scratchFolder, { recursive: true, force: true });
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Somebody else reaps what has lost its parent: that may take a moment. */
async function untilGone(pids: readonly number[]): Promise<boolean> {
  for (let left = 100; left > 0; left -= 1) {
    if (!pids.some(isAlive)) return true;
    await delay(50);
  }
  return false;
}

/** Runs code that logs pids, and cancels it when it has logged `count` of them. */
async function cancelAfterPids(
  source: string,
  count: number,
): Promise<{ readonly report: SandboxReport; readonly pids: readonly number[] }> {
  const abort = new AbortController();
  const pids: number[] = [];
  const onLog = ({ message }: { readonly message: string }): void => {
    pids.push(Number(message));
    if (pids.length === count) abort.abort(new Error('enough'));
  };
  return { report: await sandbox.run(codeCall(source, { onLog }), abort.signal), pids };
}

const spawnIn = `const { spawn } = await import('node:child_process'); console.log(process.pid);`;
const forever = 'await new Promise(() => setInterval(() => {}, 1000));';

describe.skipIf(process.platform === 'win32')('the tree of a worker', () => {
  it('is gone after a cancel, with children and grandchildren', async () => {
    const source = `${spawnIn}
      const child = spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; wait']);
      console.log(child.pid);
      child.stdout.on('data', (text) => console.log(String(text).trim()));
      ${forever}`;
    const { report, pids } = await cancelAfterPids(source, 3);
    expect(report.outcome.kind).toBe('canceled');
    expect(pids).toHaveLength(3);
    expect(await untilGone(pids)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is gone when children left its group and session', async () => {
    const source = `${spawnIn}
      const child = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore' });
      child.unref();
      console.log(child.pid);
      ${forever}`;
    const { pids } = await cancelAfterPids(source, 2);
    expect(await untilGone(pids)).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'is gone after a good end too, orphans in other sessions included',
    async () => {
      const pids: number[] = [];
      const onLog = ({ message }: { readonly message: string }): void => void pids.push(Number(message));
      // The shell between ends at once: what it started belongs to init, in a session of its own.
      const source = `const { spawn } = await import('node:child_process');
      const between = spawn('/bin/sh', ['-c', 'setsid sleep 600 & echo $!'], { detached: true });
      between.stdout.on('data', (text) => console.log(String(text).trim()));
      await new Promise((resolve) => between.on('exit', resolve));
      return 1;`;
      const report = await sandbox.run(codeCall(source, { onLog }), never());
      expect(report.outcome).toEqual({ kind: 'succeeded', output: 1 });
      expect(await untilGone(pids)).toBe(true);
    },
  );

  it.runIf(process.platform === 'linux')('is gone when another thread of the worker started it', async () => {
    const pids: number[] = [];
    const onLog = ({ message }: { readonly message: string }): void => void pids.push(Number(message));
    const source = `const { Worker } = await import('node:worker_threads');
      const thread = new Worker(\`
        const { spawn } = require('node:child_process');
        const child = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore', cwd: '/' });
        child.unref();
        require('node:worker_threads').parentPort.postMessage(child.pid);
        setInterval(() => {}, 1000);
      \`, { eval: true });
      console.log(await new Promise((resolve) => thread.once('message', resolve)));
      return 1;`;
    const report = await sandbox.run(codeCall(source, { onLog }), never());
    expect(report.outcome).toEqual({ kind: 'succeeded', output: 1 });
    expect(pids).toHaveLength(1);
    expect(await untilGone(pids)).toBe(true);
  });

  it('dies with a server that is killed, loops and scratch folders included', async () => {
    const program = `
      import { createProcessSandbox } from ${JSON.stringify(path.resolve('src/sandbox/process-sandbox.ts'))};
      import { createDevelopmentLaunching } from ${JSON.stringify(path.resolve('src/sandbox/development-launching.ts'))};
      import { createEgress } from ${JSON.stringify(path.resolve('src/egress/egress.ts'))};
      import { createHostCalls } from ${JSON.stringify(path.resolve('src/sandbox/host-calls/host-calls.ts'))};
      const sandbox = createProcessSandbox({ hostCalls: createHostCalls({ egress: createEgress() }), launching: createDevelopmentLaunching({ workerBundle: ${JSON.stringify(WORKER_BUNDLE)}, scratchFolder: ${JSON.stringify(scratchFolder)} }) });
      for (const source of ['console.log(process.pid); for (;;);', 'console.log(process.pid); await new Promise(() => {});']) {
        const limits = { timeoutMs: 60_000, cpuMs: 120_000, memoryBytes: 2 ** 26, outputBytes: 1_000 };
        void sandbox.run({ program: { type: 'code', source }, input: null, limits, idempotencyKey: '', grants: [], onLog: ({ message }) => console.log(message) }, new AbortController().signal);
      }`;
    const server = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pids: number[] = [];
    await new Promise<void>((resolve) => {
      server.stdout.on('data', (text: Buffer) => {
        for (const line of String(text).trim().split('\n')) pids.push(Number(line));
        if (pids.length >= 2) resolve();
      });
    });
    server.kill('SIGKILL');
    expect(await untilGone(pids)).toBe(true);
    for (let left = 100; left > 0 && (await readdir(scratchFolder)).length > 0; left -= 1) await delay(50);
    expect(await readdir(scratchFolder)).toEqual([]);
  });
});
