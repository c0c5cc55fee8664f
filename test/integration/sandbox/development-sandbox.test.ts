import { readdir } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { KIB, MIB } from '../../../src/core/units.ts';
import type { DevelopmentSandbox, SandboxRun } from '../../../src/sandbox/development-sandbox.ts';
import type { SandboxCall, SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
import { codeCall, never, openSandbox } from '../../support/sandbox.ts';

let scratchFolder: string;
let sandbox: DevelopmentSandbox;
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

const limits = (overrides: Partial<SandboxCall['limits']>): Partial<SandboxCall> => ({
  limits: { timeoutMs: 20_000, memoryBytes: 64 * MIB, outputBytes: 16 * MIB, ...overrides },
});

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

describe('a failure of code', () => {
  it('names the line of the source that threw', async () => {
    expect(await run('const a = 1;\nconst b = undefined;\nreturn b.c;')).toMatchObject({
      kind: 'threw',
      message: expect.stringMatching(/^TypeError: .*\(line 3, column 10\)$/),
      retryable: true,
    });
  });

  it('names the line that cannot be parsed, and will not be better next time', async () => {
    expect(await run('const a = 1;\nconst = 2;\nreturn a;')).toMatchObject({
      kind: 'threw',
      message: expect.stringMatching(/SyntaxError.*line 2/),
      retryable: false,
    });
  });

  it('says that the source ends too early', async () => {
    expect(await run('const a = 1;\nif (a) {')).toMatchObject({
      kind: 'threw',
      message: expect.stringContaining('The source ends before all of its brackets are closed.'),
    });
  });

  it.each([
    ['throw "a text";', 'The code threw "a text".'],
    ['throw undefined;', 'The code threw undefined.'],
    ['throw Object.create(null);', 'The code threw a object.'],
  ])('may be anything that is thrown: %s', async (source, message) => {
    expect(await run(source)).toMatchObject({ kind: 'threw', message });
  });

  it('says itself whether another attempt may help', async () => {
    expect(await run('throw Object.assign(new Error("never"), { retryable: false });')).toMatchObject({
      kind: 'threw',
      retryable: false,
    });
  });

  it.each([
    ['return 1n;', /BigInt/],
    ['const a = {}; a.a = a; return a;', /cyclic/],
    ['let a = 1; for (let i = 0; i < 60_000; i += 1) a = [a]; return a;', /nested deeper/],
    ['return () => 1;', /function/],
  ])('is an output that is no JSON: %s', async (source, reason) => {
    expect(await run(source)).toMatchObject({
      kind: 'threw',
      message: expect.stringMatching(reason),
      retryable: false,
    });
  });

  it('is a callback or a promise that nobody waits for', async () => {
    const forever = 'await new Promise(() => setInterval(() => {}, 1000));';
    expect(await run(`setTimeout(() => { throw new Error('late'); }, 1); ${forever}`)).toMatchObject({
      kind: 'threw',
      message: expect.stringContaining('late'),
    });
    expect(await run(`Promise.reject(new Error('lost')); ${forever}`)).toMatchObject({
      kind: 'threw',
      message: expect.stringContaining('lost'),
    });
  });

  it('is an end of its process', async () => {
    expect(await run('process.exit(3);')).toMatchObject({
      kind: 'exited',
      message: expect.stringContaining('exit code 3'),
    });
    expect(await run('process.kill(process.pid, "SIGKILL"); await new Promise(() => {});')).toMatchObject({
      kind: 'signaled',
      message: expect.stringContaining('SIGKILL'),
    });
  });
});

describe('a limit', () => {
  it('of time ends an endless loop', async () => {
    const report = await sandbox.run(codeCall('for (;;);', { timeoutMs: 500 }), never());
    expect(report.outcome).toEqual({ kind: 'timedOut', message: 'It did not end within 500 ms.' });
    expect(report.usage.wallMs).toBeGreaterThanOrEqual(499);
    if (process.platform === 'linux') {
      expect(report.usage.cpuMs).toBeGreaterThan(0);
      expect(report.usage.peakMemoryBytes).toBeGreaterThan(10 * MIB);
      expect(runs[0]?.source).toBe('proc');
    }
  });

  it('of time ends microtasks and promises that never come', async () => {
    for (const source of ['for (;;) await null;', 'await new Promise(() => {});']) {
      expect(await run(source, { timeoutMs: 200 })).toMatchObject({ kind: 'timedOut' });
    }
  });

  it('of the heap ends what fills it', async () => {
    expect(
      await run('const all = []; for (;;) all.push(new Array(1_000).fill(all));', limits({ memoryBytes: 32 * MIB })),
    ).toEqual({
      kind: 'memoryExceeded',
      message: 'It needed more than its 32 MiB of heap.',
    });
  });

  it.each([['return "x".repeat(2_000);'], ['return "x".repeat(3_000_000);'], ['return "€".repeat(400);']])(
    'of the output holds for %s',
    async (source) => {
      expect(await run(source, limits({ outputBytes: 1_000 }))).toEqual({
        kind: 'outputExceeded',
        message: 'Its output is larger than 1000 bytes.',
      });
    },
  );

  it('of the output is exact', async () => {
    expect(await run('return "x".repeat(998);', limits({ outputBytes: 1_000 }))).toMatchObject({ kind: 'succeeded' });
    expect(await run('return "x".repeat(999);', limits({ outputBytes: 1_000 }))).toMatchObject({
      kind: 'outputExceeded',
    });
  });

  it.each(['stdout', 'stderr'])('ends a flood on %s', async (stream) => {
    const source = `for (;;) { if (!process.${stream}.write('x'.repeat(65_536))) await new Promise((done) => process.${stream}.once('drain', done)); }`;
    expect(await run(source)).toMatchObject({ kind: 'outputExceeded' });
  });
});

describe('a worker that breaks the protocol', () => {
  const writeRaw = (bytes: string): string =>
    `const fs = await import('node:fs'); ${bytes} await new Promise(() => {});`;
  const frame = (json: string): string =>
    `const text = Buffer.from(${JSON.stringify(json)}); const head = Buffer.alloc(4); head.writeUInt32BE(text.length); fs.writeSync(3, Buffer.concat([head, text]));`;

  it.each([
    ['garbage', `fs.writeSync(3, 'GET / HTTP/1.1');`],
    ['a giant frame', `fs.writeSync(3, Buffer.from([0x7f, 0xff, 0xff, 0xff]));`],
    ['an empty frame', `fs.writeSync(3, Buffer.alloc(4));`],
    ['no JSON', frame('not json')],
    ['JSON of no known form', frame('{"type":"result"}')],
    ['what belongs to Node own channel', frame('{"cmd":"NODE_HANDLE","type":"net.Native"}')],
    [
      'a forged token',
      frame(
        `{"type":"result","token":"${'0'.repeat(32)}","output":{"inline":1},"usage":{"cpuMs":0,"peakMemoryBytes":0}}`,
      ),
    ],
    ['a second ready', frame('{"type":"ready","usage":{"cpuMs":0,"peakMemoryBytes":0}}')],
    [
      'a deep value',
      `const text = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)); const head = Buffer.alloc(4); head.writeUInt32BE(text.length); fs.writeSync(3, Buffer.concat([head, text]));`,
    ],
  ])('with %s is ended, and the parent goes on', async (_, bytes) => {
    expect(await run(writeRaw(bytes))).toMatchObject({ kind: 'brokeProtocol' });
    expect(await run('return 1;')).toEqual({ kind: 'succeeded', output: 1 });
  });

  it('by half a frame runs into its timeout', async () => {
    expect(await run(writeRaw('fs.writeSync(3, Buffer.from([0, 0, 1, 0, 1]));'), { timeoutMs: 200 })).toMatchObject({
      kind: 'timedOut',
    });
  });

  it('by closing the channel ends', async () => {
    expect((await run(writeRaw('fs.closeSync(3);'), { timeoutMs: 1_000 })).kind).toMatch(
      /^(exited|timedOut|threw|signaled)$/,
    );
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
        runs.every((done) => done.kind === 'code' && done.outcome === 'succeeded' && done.source === 'worker'),
      ).toBe(true);
      expect(runs.some((done) => done.warm)).toBe(true);
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
    expect(report.usage.cpuMs).toBeGreaterThanOrEqual(100);
    expect(report.usage.wallMs).toBeGreaterThan(50);
    expect(report.usage.peakMemoryBytes).toBeGreaterThan(20 * MIB);
    expect(report.layer).toBe('development');
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
    expect(runs.map((done) => done.outcome)).toEqual(['canceled']);
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
