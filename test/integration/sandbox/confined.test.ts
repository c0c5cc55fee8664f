import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEgress } from '../../../src/egress/egress.ts';
import { findLaunching } from '../../../src/sandbox/find-launching.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { findLauncher } from '../../../src/sandbox/launcher-file.ts';
import { readProcess } from '../../../src/sandbox/proc.ts';
import { probe } from '../../../src/sandbox/probe.ts';
import { findNodeFiles } from '../../../src/sandbox/room.ts';
import { createProcessSandbox, type ProcessSandbox, type SandboxRun } from '../../../src/sandbox/process-sandbox.ts';
import type { SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
import { confinedLaunching, LAUNCHERS, LAYERS, SMALL_CLASS } from '../../support/confined.ts';
import { codeCall, never, SANDBOX_SETTINGS, toolCall, WORKER_BUNDLE } from '../../support/sandbox.ts';
import { until } from '../../support/until.ts';

const onLinux = process.platform === 'linux';

// What is refused, and how the code hears of it. Nothing here may depend on the machine's files.
const REFUSED: readonly (readonly [what: string, source: string, answer: RegExp])[] = [
  ['a file of the machine', `return fs.readFileSync('/etc/passwd', 'utf8');`, /ENOENT|EACCES/],
  ['the list of files', `return fs.readdirSync('/');`, /EACCES/],
  ['another process', `return fs.readFileSync('/proc/1/environ', 'utf8');`, /ENOENT|EACCES/],
  ['a new process', `return (await import('node:child_process')).execFileSync('/bin/true');`, /EPERM|EACCES|ENOENT/],
  [
    'a connection',
    `const net = await import('node:net');
     return await new Promise((done, fail) => net.connect(9, '127.0.0.1').on('error', fail).on('connect', () => done('connected')));`,
    /EACCES/,
  ],
  [
    'a listener',
    `const net = await import('node:net');
     return await new Promise((done, fail) => net.createServer().on('error', fail).listen(0, () => done('listens')));`,
    /EACCES|EPERM/,
  ],
  ['a signal to somebody else', `process.kill(1, 'SIGKILL'); return 'sent';`, /EPERM|ESRCH/],
  ['a file outside of the scratch', `fs.writeFileSync('/tmp/mine', 'x'); return 'written';`, /EACCES|ENOENT|EROFS/],
  ['its own program', `fs.writeFileSync(process.argv[1], 'x'); return 'written';`, /EACCES|EROFS/],
];

describe.each(LAYERS)('code in the %s layer', (layer) => {
  let sandbox: ProcessSandbox;
  const runs: SandboxRun[] = [];
  beforeAll(async () => {
    const launching = await confinedLaunching(layer);
    sandbox = createProcessSandbox({
      launching,
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
      onRun: (run) => runs.push(run),
    });
  });
  afterAll(() => sandbox.close());

  const run = async (source: string, timeoutMs?: number): Promise<SandboxOutcome> => {
    const call = codeCall(
      `const fs = await import('node:fs'); ${source}`,
      timeoutMs === undefined ? {} : { timeoutMs },
    );
    return (await sandbox.run(call, never())).outcome;
  };

  it('answers, as somebody who is not root, with an empty environment', async () => {
    const outcome = await run(`return [process.getuid() === 0, Object.keys(process.env)];`);
    expect(outcome).toEqual({ kind: 'succeeded', output: [false, []] });
  });

  it.each(REFUSED)('is refused %s', async (_what, source, answer) => {
    const outcome = await run(source);
    expect(outcome).toEqual({ kind: 'threw', message: expect.stringMatching(answer), retryable: true });
  });

  it('may use timers, threads, random bytes and its memory', async () => {
    const outcome = await run(`
      const { Worker } = await import('node:worker_threads');
      const { randomBytes } = await import('node:crypto');
      const thread = new Worker('require("node:worker_threads").parentPort.postMessage(42)', { eval: true });
      const answer = await new Promise((done, fail) => thread.on('message', done).on('error', fail));
      await new Promise((done) => setTimeout(done, 5));
      return [answer, randomBytes(8).length, Buffer.alloc(1e6).length];`);
    expect(outcome).toEqual({ kind: 'succeeded', output: [42, 8, 1_000_000] });
  });

  it('writes to its scratch in the full layer alone, and finds it empty each time', async () => {
    const write = `const before = fs.readdirSync('/scratch'); fs.writeFileSync('/scratch/mine', 'x'); return before;`;
    const outcomes = [await run(write), await run(write)];
    if (layer === 'full') expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'succeeded', output: [] })));
    else expect(outcomes.map(({ kind }) => kind)).toEqual(['threw', 'threw']);
  });

  it('cannot fill its scratch beyond its size', async () => {
    const outcome = await run(`fs.writeFileSync('/scratch/mine', Buffer.alloc(80 * 1024 * 1024)); return 'written';`);
    expect(outcome.kind).not.toBe('succeeded');
  });

  it('is ended when it loops, and what it used is measured from outside', async () => {
    expect(await run('for (;;);', 400)).toMatchObject({ kind: 'timedOut' });
    expect(runs.at(-1)?.receipt).toMatchObject({ source: 'supervisor', outcome: 'timedOut', layer });
    expect(runs.at(-1)?.receipt.cpuMs).toBeGreaterThan(50);
  });

  it('hears of a full heap in a sentence', async () => {
    const outcome = await run('const all = []; for (;;) all.push(new Array(100_000).fill(0.5));');
    expect(outcome).toEqual({ kind: 'memoryExceeded', message: 'Memory limit of 64 MiB reached while allocating.' });
  });

  it('is ended by the kernel when it asks for what no honest program asks for', async () => {
    expect(await run('process.setuid(0);')).toMatchObject({
      kind: 'policyViolated',
      message: 'It was ended as it called setuid, which no tool or code needs.',
    });
    expect(runs.at(-1)?.receipt).toMatchObject({ outcome: 'policyViolated', deniedCall: 'setuid' });
  });

  it('runs tools from their own folder', async () => {
    const { outcome } = await sandbox.run(toolCall('hash.digest', { text: 'abc' }), never());
    expect(outcome).toMatchObject({ kind: 'succeeded', output: { digest: expect.stringMatching(/^ba7816bf/) } });
  });

  it('ends when its supervisor is killed', async () => {
    const launching = await confinedLaunching(layer);
    const launched = await launching.launch(SMALL_CLASS);
    const worker = await readProcess(launched.pid);
    const init = layer === 'full' ? await readProcess(worker?.parent ?? 0) : worker;
    process.kill(init?.parent ?? 0, 'SIGKILL');
    expect(await launched.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
    await until(async () => (await readProcess(launched.pid)) === undefined, 2_000, 'the worker is gone');
    await launching.close();
  });

  it('is ended by its supervisor when nobody else does', async () => {
    const launching = await confinedLaunching(layer);
    const launched = await launching.launch(SMALL_CLASS);
    launched.beginCall({ timeoutMs: 50, cpuMs: 60_000 });
    expect(await launched.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL', by: 'wall' });
    await launching.close();
  });

  it('dies with a server that is killed, loops included', async () => {
    const program = `
      import { confinedLaunching } from ${JSON.stringify(path.resolve('test/support/confined.ts'))};
      import { createProcessSandbox } from ${JSON.stringify(path.resolve('src/sandbox/process-sandbox.ts'))};
      import { createEgress } from ${JSON.stringify(path.resolve('src/egress/egress.ts'))};
      import { createHostCalls } from ${JSON.stringify(path.resolve('src/sandbox/host-calls/host-calls.ts'))};
      const launching = await confinedLaunching('${layer}');
      await launching.baseline();
      const launch = async (wanted) => { const launched = await launching.launch(wanted); console.log(launched.pid); return launched; };
      const sandbox = createProcessSandbox({ hostCalls: createHostCalls({ egress: createEgress() }), warmWorkers: 0, launching: { ...launching, launch } });
      const limits = { timeoutMs: 60_000, cpuMs: 120_000, memoryBytes: 2 ** 26, outputBytes: 1_000 };
      void sandbox.run({ program: { type: 'code', source: 'console.log("runs"); for (;;);' }, input: null, limits, idempotencyKey: '',
        grants: [], onLog: ({ message }) => console.log(message) }, new AbortController().signal);`;
    const server = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    server.stdout.on('data', (text: Buffer) => (said += text.toString()));
    await until(async () => said.includes('runs'), 20_000, 'the code runs');
    const pid = Number.parseInt(said, 10);
    expect(await readProcess(pid)).toBeDefined();
    server.kill('SIGKILL');
    await until(async () => (await readProcess(pid)) === undefined, 5_000, 'the worker is gone');
  });

  it('leaves no process behind', async () => {
    const launching = await confinedLaunching(layer);
    const launched = await launching.launch(SMALL_CLASS);
    expect(await readProcess(launched.pid)).toBeDefined();
    expect(await launched.attest()).toBeUndefined();
    expect((await launched.end()).gone).toBe(true);
    expect(await readProcess(launched.pid)).toBeUndefined();
    await launching.close();
  });
});

describe.runIf(onLinux)('A launch that does not work', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('says which step failed, before anything foreign has run', async () => {
    const missing = path.join(folder, 'no-such-worker.cjs');
    expect(await probe(await confinedLaunching('full', { workerBundle: missing }))).toEqual({
      step: 'open a path of the plan',
      errno: 2,
      message: 'the step "open a path of the plan" of the launch failed (errno 2)',
    });
  });

  it('is not tried with a launcher that is missing or changed: the operator reads why nothing confines', async () => {
    const found = {
      setting: 'best-available',
      workerBundle: WORKER_BUNDLE,
      launchers: folder,
      sandbox: SANDBOX_SETTINGS,
    } as const;
    expect((await findLaunching(found)).note).toMatch(
      /^Sandbox: development \(no full and no base layer: The launcher .* is missing/,
    );
    const launcher = await findLauncher(LAUNCHERS);
    if (typeof launcher === 'string') throw new Error(launcher);
    const copy = path.join(folder, path.basename(launcher.file));
    await copyFile(launcher.file, copy);
    expect(await findLauncher(folder)).toMatchObject({ file: copy });
    await writeFile(copy, 'x', { flag: 'a' });
    const { note, launching } = await findLaunching(found);
    expect([note, launching.layer]).toEqual([
      expect.stringContaining('is not the one that it should be'),
      'development',
    ]);
    await Promise.resolve(launching.close());
  });

  it('names the layer that this machine has', async () => {
    const { note, launching } = await findLaunching({
      setting: 'best-available',
      workerBundle: WORKER_BUNDLE,
      launchers: LAUNCHERS,
      sandbox: SANDBOX_SETTINGS,
    });
    expect(note).toMatch(new RegExp(`^Sandbox: ${launching.layer}\\b`));
    await launching.close();
  });
});

describe.runIf(onLinux)('A server whose Node is replaced by another one', () => {
  it('starts no worker any more, and says what to do', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
    await chmod(folder, 0o755); // a worker of a server that is root is another user
    const binary = path.join(folder, 'node');
    await copyFile(process.execPath, binary);
    const launching = await confinedLaunching('base', { node: { ...findNodeFiles(), binary } });
    const sandbox = createProcessSandbox({ launching, hostCalls: new Map(), warmWorkers: 0 });
    const run = async (): Promise<SandboxOutcome> => (await sandbox.run(codeCall('return 1;'), never())).outcome;
    expect(await run()).toEqual({ kind: 'succeeded', output: 1 });

    await copyFile(process.execPath, `${binary}.new`);
    await rename(`${binary}.new`, binary);
    const message = expect.stringMatching(/Node \(.*\/node\) was replaced .* Restart the server\./);
    expect(await run()).toEqual({ kind: 'sandboxFailed', message });
    await sandbox.close();
    await rm(folder, { recursive: true });
  });
});
