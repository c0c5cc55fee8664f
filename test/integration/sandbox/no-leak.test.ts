import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../../../bench/statistics.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { createProcessSandbox, type ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import type { SandboxCall } from '../../../src/sandbox/sandbox.ts';
import type { SandboxOutcomeKind } from '../../../src/usage/receipt.ts';
import { confinedLaunching, LAYERS } from '../../support/confined.ts';
import { codeCall, never, toolCall } from '../../support/sandbox.ts';
import { lookAtServer, type ServerBelongings } from '../../support/security-server.ts';
import { until } from '../../support/until.ts';

const TOOL_CALLS = 260;
const CODE_CALLS = 40;
/** Divides no number of calls after which is looked: one worker of the tool is idle then. */
const CALLS_OF_A_WORKER = 70;

const forever = 'await new Promise(() => {});';

/** How one-shot workers end, in turn. */
const CODES: readonly (readonly [ends: SandboxOutcomeKind, call: SandboxCall])[] = [
  ['succeeded', codeCall('return input;')],
  ['threw', codeCall('throw new Error("as asked");')],
  ['exited', codeCall('process.exit(3);')],
  ['timedOut', codeCall(forever, { timeoutMs: 50 })],
  ['policyViolated', codeCall('process.setuid(0);')],
  ['memoryExceeded', codeCall('const all = []; for (;;) all.push(new Array(100_000).fill(0.5));')],
  ['brokeProtocol', codeCall(`process.getBuiltinModule('node:fs').writeSync(3, 'garbage'); ${forever}`)],
  ['outputExceeded', codeCall(`return 'x'.repeat(1_000);`, { limits: { ...codeCall('').limits, outputBytes: 100 } })],
];

describe.each(LAYERS)('Three hundred calls in the %s layer', (layer) => {
  let sandbox: ProcessSandbox;
  beforeAll(async () => {
    sandbox = createProcessSandbox({
      launching: await confinedLaunching(layer),
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
      reusableTools: ['text.template'],
      reuse: { calls: CALLS_OF_A_WORKER, ms: 600_000 },
    });
  });
  afterAll(() => sandbox.close());

  async function run(call: SandboxCall): Promise<SandboxOutcomeKind> {
    return (await sandbox.run(call, never())).outcome.kind;
  }
  const runTool = (): Promise<SandboxOutcomeKind> => run(toolCall('text.template', { template: 'Hello' }));

  /** Once nothing but the forker and the idle worker of the tool is left. */
  async function settled(): Promise<ServerBelongings> {
    // The supervisor, init in the full layer, and the worker.
    const idle = layer === 'full' ? 3 : 2;
    await until(
      async () => (await lookAtServer(process.pid)).descendants.length === 1 + idle,
      5_000,
      'the ended are gone',
    );
    return lookAtServer(process.pid);
  }

  it('leave no descriptor, process, mount or folder', async () => {
    // What is opened once, at the first use, is no leak.
    await Promise.all([runTool(), ...CODES.map(([, call]) => run(call))]);
    const before = await settled();

    const ends: SandboxOutcomeKind[] = [];
    const tool = inParallel(TOOL_CALLS, 1, async () => expect(await runTool()).toBe('succeeded'));
    const code = inParallel(CODE_CALLS, 4, async (index) => {
      const [, call] = CODES[index % CODES.length] ?? ['succeeded', codeCall('')];
      ends[index] = await run(call);
    });
    await Promise.all([tool, code]);

    expect(ends).toEqual(Array.from({ length: CODE_CALLS }, (_, index) => CODES[index % CODES.length]?.[0]));
    expect(await settled()).toEqual(before);
  });
});
