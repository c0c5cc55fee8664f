import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIB } from '../../../src/core/units.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { createProcessSandbox, type ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import type { SandboxReport } from '../../../src/sandbox/sandbox.ts';
import { confinedLaunching, groupedLaunching, HAS_GROUPS, LAYERS } from '../../support/confined.ts';
import { codeCall, never } from '../../support/sandbox.ts';

const GROUPS = HAS_GROUPS ? [false, true] : [false];
const WALLS = LAYERS.flatMap((layer) => GROUPS.map((grouped) => ({ layer, grouped })));

/** More than 64 MiB by every way that JavaScript has to ask for it, touched, so that it counts. */
const HOGS: readonly (readonly [what: string, source: string])[] = [
  ['the heap', 'const all = []; for (;;) all.push(new Array(100_000).fill(0.5));'],
  [
    'strings',
    `let text = 'x'.repeat(1_000_000); const all = []; for (let i = 0; ; i++) all.push((text + i).split('').join('-'));`,
  ],
  ['buffers', 'const all = []; for (;;) all.push(Buffer.alloc(8_000_000, 1));'],
  ['one large buffer', 'return Buffer.alloc(900_000_000, 1).length;'],
  [
    'shared buffers',
    'const all = []; for (;;) { const b = new SharedArrayBuffer(8_000_000); new Uint8Array(b).fill(1); all.push(b); }',
  ],
  [
    'WebAssembly',
    `const memory = new WebAssembly.Memory({ initial: 1, maximum: 60_000 });
     for (;;) { memory.grow(128); new Uint8Array(memory.buffer).fill(1); }`,
  ],
];

describe.each(WALLS)('limits in the layer $layer, with control groups: $grouped', ({ layer, grouped }) => {
  let sandbox: ProcessSandbox;
  beforeAll(async () => {
    const launching = await (grouped ? groupedLaunching(layer) : confinedLaunching(layer));
    sandbox = createProcessSandbox({
      launching,
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
    });
  });
  afterAll(() => sandbox.close());
  const run = (source: string, overrides: Parameters<typeof codeCall>[1] = {}): Promise<SandboxReport> =>
    sandbox.run(codeCall(source, overrides), never());

  it.each(HOGS)('of memory end what fills %s', async (_what, source) => {
    const { outcome, receipt } = await run(source);
    expect(outcome).toMatchObject({
      kind: 'memoryExceeded',
      message: expect.stringMatching(/^Memory limit of 64 MiB reached while allocating/),
    });
    expect(receipt).toMatchObject({ layer, outcome: 'memoryExceeded', source: 'supervisor' });
    // An idle worker, the limit, and the room that is left for what V8 and the system need.
    expect(receipt.peakMemoryBytes).toBeLessThan(300 * MIB);
  });

  it('leave room for what the limit allows', async () => {
    const { outcome } = await run(
      'const all = []; for (let i = 0; i < 4; i++) all.push(Buffer.alloc(10_000_000, 1)); return all.length;',
    );
    expect(outcome).toEqual({ kind: 'succeeded', output: 4 });
  });

  it('of CPU time end what uses it, before its time is over', async () => {
    const { outcome, receipt } = await run('for (;;);', {
      limits: { timeoutMs: 20_000, cpuMs: 300, memoryBytes: 64 * MIB, outputBytes: MIB },
    });
    expect(outcome).toEqual({ kind: 'cpuExceeded', message: 'It used up its 300 ms of CPU time.' });
    expect(receipt.cpuMs).toBeGreaterThan(280);
    expect(receipt.cpuMs).toBeLessThan(1_500);
  });

  it('of threads end what starts too many', async () => {
    const { outcome } = await run(`
      const { Worker } = await import('node:worker_threads');
      const all = [];
      for (let i = 0; i < 200; i++) {
        const thread = new Worker('setInterval(() => {}, 1000)', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 4 } });
        all.push(await new Promise((done, fail) => thread.on('online', done).on('error', fail)));
      }
      return all.length;`);
    expect(['processesExceeded', 'memoryExceeded']).toContain(outcome.kind);
  });

  it('of the disk end what fills it, where there is any', async () => {
    const { outcome, receipt } = await run(
      `const fs = await import('node:fs'); for (let i = 0; ; i++) fs.writeFileSync('/scratch/' + i, Buffer.alloc(4_000_000));`,
    );
    const full = { kind: 'diskExceeded', message: expect.stringMatching(/^Its scratch is full: .*ENOSPC/) };
    const base = { kind: 'threw', message: expect.stringMatching(/EACCES|ENOENT/) };
    expect(outcome).toMatchObject(layer === 'full' ? full : base);
    expect(receipt.limits.scratchBytes).toBe(layer === 'full' ? 64 * MIB : 0);
  });

  it('stand in the receipt, with what was used of them', async () => {
    const { receipt } = await run('return "x".repeat(1_000);', { input: 'y'.repeat(500) });
    expect(receipt).toMatchObject({
      profile: 'js',
      layer,
      reused: false,
      hostCalls: 0,
      grants: [],
      limits: { timeoutMs: 20_000, cpuMs: 40_000, memoryBytes: 64 * MIB },
    });
    expect(receipt.cgroup === undefined).toBe(!grouped);
    expect(receipt.bytesIn).toBeGreaterThan(500);
    expect(receipt.bytesOut).toBeGreaterThan(1_000);
    expect(receipt.cpuMs).toBeGreaterThan(0);
  });
});
