import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { createProcessSandbox, type ProcessSandbox, type SandboxRun } from '../../../src/sandbox/process-sandbox.ts';
import { readProcess } from '../../../src/sandbox/proc.ts';
import type { SandboxCall, SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
import { confinedLaunching, LAYERS } from '../../support/confined.ts';
import { codeCall, never } from '../../support/sandbox.ts';

/** Answers with its process and how often it was called there, and does what it is asked to besides. */
const TOOL = `
  let calls = 0;
  let earlier;
  let pending;
  const used = () => Object.values(process.cpuUsage()).reduce((sum, each) => sum + each);
  const work = (us) => { for (const from = used(); used() - from < us;); };
  export async function run(input, context) {
    calls += 1;
    if (input?.act === 'throw') throw new Error('as asked');
    if (input?.act === 'spin') work(60_000);
    if (input?.act === 'work') work(500_000);
    if (input?.act === 'burn') for (;;);
    if (input?.act === 'rest') setTimeout(() => work(120_000), 50);
    if (input?.act === 'write') (await import('node:fs')).writeFileSync('/scratch/x', 'x');
    if (input?.act === 'later')
      pending = new Promise((done) => setTimeout(() => done(context.log('info', 'after the answer')), 5));
    if (input?.act === 'then') await pending;
    if (input?.act === 'then') earlier.log('info', 'of the earlier call');
    earlier = context;
    return { pid: process.pid, calls };
  }`;

describe.each(LAYERS)('A worker of a tool marked reusable, in the %s layer', (layer) => {
  let folder: string;
  let sandbox: ProcessSandbox;
  /** Of the worker that was started last. */
  let pid = 0;
  const runs: SandboxRun[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
    await chmod(folder, 0o755);
    await writeFile(path.join(folder, 'main.mjs'), TOOL);
    runs.length = 0;
    const launching = await confinedLaunching(layer);
    sandbox = createProcessSandbox({
      launching: {
        ...launching,
        async launch(wanted) {
          const launched = await launching.launch(wanted);
          pid = launched.pid;
          return launched;
        },
      },
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
      reusableTools: ['a.tool'],
      reuse: { calls: 4, ms: 60_000 },
      onRun: (run) => runs.push(run),
    });
  });
  afterEach(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  const call = (input: Json, { tenant = 'one', name = 'a.tool', cpuMs = 40_000 } = {}): SandboxCall => ({
    ...codeCall(''),
    program: { type: 'tool', name, version: '1.0.0', folder, entry: 'main.mjs', tenant },
    limits: { ...codeCall('').limits, cpuMs },
    input,
  });
  const run = (...args: Parameters<typeof call>): Promise<SandboxOutcome> =>
    sandbox.run(call(...args), never()).then(({ outcome }) => outcome);
  const calls = async (...args: Parameters<typeof call>): Promise<unknown> => {
    const outcome = await run(...args);
    return outcome.kind === 'succeeded' &&
      typeof outcome.output === 'object' &&
      outcome.output !== null &&
      'calls' in outcome.output
      ? outcome.output['calls']
      : outcome;
  };

  it('is not said to have used up its CPU time by what earlier calls have used', async () => {
    for (let earlier = 0; earlier < 3; earlier += 1) expect((await run({ act: 'work' })).kind).toBe('succeeded');
    expect(await run({ act: 'throw' }, { cpuMs: 300 })).toMatchObject({ kind: 'threw' });
    expect(runs.map(({ receipt }) => receipt.reused)).toEqual([false, true, true, true]);
  });

  it('pays in no call for what it used between two of them', async () => {
    const ticks = async (): Promise<number> => (await readProcess(pid))?.cpuTicks ?? 0;
    for (let earlier = 0; earlier < 3; earlier += 1) {
      await run({ act: 'rest' });
      const before = await ticks();
      await expect.poll(ticks, { timeout: 10_000 }).toBeGreaterThanOrEqual(before + 11);
    }
    expect(await run({ act: 'throw' })).toMatchObject({ kind: 'threw' });
    const last = runs.at(-1)?.receipt;
    expect([runs.length, last?.reused, last?.source]).toEqual([4, true, 'supervisor']);
    expect(last?.cpuMs).toBeLessThan(120);
  });

  it('serves the same tenant again, a bounded number of times', async () => {
    expect([await calls(null), await calls(null), await calls(null), await calls(null), await calls(null)]).toEqual([
      1, 2, 3, 4, 1,
    ]);
    expect(runs.map(({ source, receipt }) => [source, receipt.reused])).toEqual([
      ['cold', false],
      ['reused', true],
      ['reused', true],
      ['reused', true],
      ['cold', false],
    ]);
  });

  it('serves no other tenant, and other tools get a fresh worker each time', async () => {
    expect([await calls(null), await calls(null, { tenant: 'two' }), await calls(null)]).toEqual([1, 1, 2]);
    expect([await calls(null, { name: 'b.tool' }), await calls(null, { name: 'b.tool' })]).toEqual([1, 1]);
  });

  it('serves none after a failure', async () => {
    expect([await calls(null), (await run({ act: 'throw' })).kind, await calls(null)]).toEqual([1, 'threw', 1]);
  });

  it('has the use of each call measured by its supervisor', async () => {
    await run({ act: 'spin' });
    await run(null);
    await run({ act: 'spin' });
    const receipts = runs.map(({ receipt }) => receipt);
    expect(receipts.map(({ source }) => source)).toEqual(['delta', 'delta', 'delta']);
    const [first = 0, idle = 0, second = 0] = receipts.map(({ cpuMs }) => cpuMs);
    expect(first).toBeGreaterThan(idle);
    expect(second).toBeGreaterThan(idle);
    expect(receipts.every(({ peakMemoryBytes }) => peakMemoryBytes > 20_000_000)).toBe(true);
  });

  it('is ended when a call uses too much, whatever earlier ones used', async () => {
    for (let round = 0; round < 2; round += 1) await run({ act: 'spin' });
    expect(await run({ act: 'burn' }, { cpuMs: 200 })).toMatchObject({ kind: 'cpuExceeded' });
    expect(await calls(null)).toBe(1);
  });

  it('has no place to leave something for the next call', async () => {
    expect(await run({ act: 'write' })).toMatchObject({
      kind: 'threw',
      message: expect.stringMatching(/ENOENT|EACCES|EROFS/),
    });
  });

  it('says nothing any more for a call that has its answer', async () => {
    const logged: string[] = [];
    const logging = (input: Json): SandboxCall => ({ ...call(input), onLog: ({ message }) => logged.push(message) });
    await sandbox.run(logging({ act: 'later' }), never());
    const { outcome } = await sandbox.run(logging({ act: 'then' }), never());
    expect([outcome, logged]).toEqual([{ kind: 'succeeded', output: { pid: expect.any(Number), calls: 2 } }, []]);
  });
});
