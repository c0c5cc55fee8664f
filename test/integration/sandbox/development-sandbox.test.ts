import { readdir } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { KIB, MIB } from '../../../src/core/units.ts';
import type { ProcessSandbox, SandboxRun } from '../../../src/sandbox/process-sandbox.ts';
import type { SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
import { codeCall, never, openSandbox } from '../../support/sandbox.ts';

let scratchFolder: string;
let sandbox: ProcessSandbox;
let runs: SandboxRun[];

beforeEach(async () => {
  scratchFolder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
  runs = [];
  sandbox = openSandbox({ scratchFolder, onRun: (run) => runs.push(run) });
});
afterEach(async () => {
  await sandbox.close();
  expect(await readdir(scratchFolder)).toEqual([]);
  await rm(scratchFolder, { recursive: true });
});

const run = (source: string, overrides: Parameters<typeof codeCall>[1] = {}): Promise<SandboxOutcome> =>
  sandbox.run(codeCall(source, overrides), never()).then((report) => report.outcome);

describe('code in a worker', () => {
  it('answers with what it returns', async () => {
    expect(await run('return { letters: input.text.length, again: input };', { input: { text: 'abc' } })).toEqual({
      kind: 'succeeded',
      output: { letters: 3, again: { text: 'abc' } },
    });
  });

  it('answers null when it returns nothing, and may wait', async () => {
    expect(await run('await new Promise((resolve) => setTimeout(resolve, 5));')).toEqual({
      kind: 'succeeded',
      output: null,
    });
  });

  it('takes and gives values that are longer than a frame', async () => {
    const input: Json = { text: 'é"\\'.repeat(700 * KIB) };
    expect(await run('return { text: input.text, list: [1] };', { input })).toEqual({
      kind: 'succeeded',
      output: { ...input, list: [1] },
    });
  });

  it('loses nothing but members called __proto__ on the way', async () => {
    const outcome = await run(`return JSON.parse('{"__proto__":{"polluted":1},"kept":{"constructor":2}}');`);
    expect(outcome).toEqual({ kind: 'succeeded', output: { kept: { constructor: 2 } } });
  });

  it('sees an empty environment and an empty folder that nobody else uses', async () => {
    const source = `const fs = await import('node:fs'); fs.writeFileSync('mine', 'x');
      return { env: process.env, files: fs.readdirSync('.'), argv: process.argv.length, cwd: process.cwd() };`;
    const [first, second] = [await run(source), await run(source)];
    expect(first).toMatchObject({ kind: 'succeeded', output: { env: {}, files: ['mine'], argv: 2 } });
    expect(second).toMatchObject({ kind: 'succeeded', output: { files: ['mine'] } });
    expect(first).not.toEqual(second);
  });

  it('logs with console, in bounds', async () => {
    const lines: string[] = [];
    const source = `console.log('hello', { a: 1 }); console.warn('careful'); console.error('x'.repeat(100_000));
      for (let i = 0; i < 5_000; i += 1) console.log(i);`;
    await run(source, { onLog: ({ level, message }) => lines.push(`${level} ${message}`) });
    expect(lines.slice(0, 2)).toEqual(['info hello { a: 1 }', 'warn careful']);
    expect(lines[2]?.length).toBeLessThan(10_000);
    expect(lines).toHaveLength(1_001);
    expect(lines.at(-1)).toMatch(/Further log lines are dropped/);
  });

  it('leaves timers behind without harm', async () => {
    expect(await run('setInterval(() => {}, 1); return 1;')).toEqual({ kind: 'succeeded', output: 1 });
  });
});

describe('the sandbox', () => {
  it('runs many calls, a bounded number at once', async () => {
    const bounded = openSandbox({ scratchFolder, maxWorkers: 4, warmWorkers: 2, onRun: (done) => runs.push(done) });
    try {
      const calls = Array.from({ length: 20 }, (_, index) =>
        bounded.run(codeCall('return input * 2;', { input: index }), never()),
      );
      const outputs = (await Promise.all(calls)).map(({ outcome }) =>
        outcome.kind === 'succeeded' ? outcome.output : outcome,
      );
      expect(outputs).toEqual(Array.from({ length: 20 }, (_, index) => index * 2));
      expect(runs).toHaveLength(20);
      expect(runs.filter((done) => done.waitMs > 5).length).toBeGreaterThanOrEqual(12);
      expect(
        runs.every(
          ({ kind, receipt }) => kind === 'code' && receipt.outcome === 'succeeded' && receipt.source === 'worker',
        ),
      ).toBe(true);
      expect(runs.some(({ source }) => source === 'warm')).toBe(true);
    } finally {
      await bounded.close();
    }
  });

  it('gives every call a worker of its own, also a warm one', async () => {
    const warm = openSandbox({ scratchFolder, warmWorkers: 2 });
    try {
      await warm.warm();
      const source =
        'globalThis.count = (globalThis.count ?? 0) + 1; return { count: globalThis.count, pid: process.pid };';
      const outcomes = [];
      for (let i = 0; i < 5; i += 1) outcomes.push((await warm.run(codeCall(source), never())).outcome);
      expect(outcomes).toEqual(
        Array.from({ length: 5 }, () => ({ kind: 'succeeded', output: { count: 1, pid: expect.any(Number) } })),
      );
      expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(5);
    } finally {
      await warm.close();
    }
  });

  it('says what was used', async () => {
    // Until it has used that much itself: on a busy machine time passes without it.
    const source = `const start = process.cpuUsage();
      for (;;) { const { user, system } = process.cpuUsage(start); if (user + system > 100_000) return 1; }`;
    const report = await sandbox.run(codeCall(source), never());
    expect(report.receipt.cpuMs).toBeGreaterThanOrEqual(100);
    expect(report.receipt.wallMs).toBeGreaterThan(50);
    expect(report.receipt.peakMemoryBytes).toBeGreaterThan(20 * MIB);
    expect(report.receipt.layer).toBe('development');
  });

  it('cancels a call that waits, and one that runs', async () => {
    const narrow = openSandbox({ scratchFolder, maxWorkers: 1 });
    try {
      const abort = new AbortController();
      const started = new Promise<void>((resolve) => {
        void narrow.run(codeCall('console.log("up"); for (;;);', { onLog: () => resolve() }), abort.signal);
      });
      const waiting = narrow.run(codeCall('return 1;'), abort.signal);
      await started;
      abort.abort(new Error('enough'));
      expect((await waiting).outcome.kind).toBe('canceled');
      expect((await narrow.run(codeCall('return 1;'), abort.signal)).outcome.kind).toBe('canceled');
      expect((await narrow.run(codeCall('return 1;'), never())).outcome).toEqual({ kind: 'succeeded', output: 1 });
    } finally {
      await narrow.close();
    }
  });

  it('cancels what runs when it is closed, and takes no more', async () => {
    const started = new Promise<void>((resolve) => {
      void run('console.log("up"); for (;;);', { onLog: () => resolve() });
    });
    await started;
    await sandbox.close();
    expect(runs.map(({ receipt }) => receipt.outcome)).toEqual(['canceled']);
    expect((await run('return 1;')).kind).toBe('canceled');
  });

  it('says when a worker cannot be started', async () => {
    const broken = openSandbox({ workerBundle: path.join(scratchFolder, 'missing.cjs') });
    const homeless = openSandbox({ scratchFolder: path.join(scratchFolder, 'missing') });
    expect((await broken.run(codeCall('return 1;'), never())).outcome.kind).toBe('sandboxFailed');
    expect((await homeless.run(codeCall('return 1;'), never())).outcome.kind).toBe('sandboxFailed');
    await broken.close();
    await homeless.close();
  });

  it.runIf(process.platform === 'linux')('leaves no descriptor open', async () => {
    const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    await run('return 1;');
    const before = await open();
    for (let i = 0; i < 5; i += 1) await run(i % 2 === 0 ? 'return 1;' : 'process.exit(1);');
    expect(await open()).toBeLessThanOrEqual(before);
  });
});
