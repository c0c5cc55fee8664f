import { readdir } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIB } from '../../../src/core/units.ts';
import type { ProcessSandbox, SandboxRun } from '../../../src/sandbox/process-sandbox.ts';
import type { SandboxCall, SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
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

const limits = (overrides: Partial<SandboxCall['limits']>): Partial<SandboxCall> => ({
  limits: { timeoutMs: 20_000, cpuMs: 40_000, memoryBytes: 64 * MIB, outputBytes: 16 * MIB, ...overrides },
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
    expect(report.receipt.wallMs).toBeGreaterThanOrEqual(499);
    if (process.platform === 'linux') {
      expect(report.receipt.cpuMs).toBeGreaterThan(0);
      expect(report.receipt.peakMemoryBytes).toBeGreaterThan(10 * MIB);
      expect(runs[0]?.receipt.source).toBe('proc');
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
      message: 'Memory limit of 32 MiB reached while allocating.',
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

  it('is told of an output of too many values, which the server would read for too long', async () => {
    expect(await run('return Array(100_000).fill(0.5);')).toMatchObject({ kind: 'succeeded' });
    expect(await run('return Array(200_000).fill(0);')).toMatchObject({
      kind: 'outputExceeded',
      message: 'The output is too large. It holds more than 200000 values and names of members.',
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
    [
      'too many values',
      `const text = Buffer.from('[' + '{},'.repeat(300_000) + '{}]'); const head = Buffer.alloc(4); head.writeUInt32BE(text.length); const all = Buffer.concat([head, text]); for (let at = 0; at < all.length; ) { try { at += fs.writeSync(3, all, at); } catch {} }`,
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
