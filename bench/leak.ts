import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import type { SandboxOutcomeKind } from '../src/usage/receipt.ts';
import { BENCH_CODE, BENCH_TOOL, openBenchSandbox } from './sandbox.ts';
import type { ProcessSandbox } from '../src/sandbox/process-sandbox.ts';
import type { SandboxCall } from '../src/sandbox/sandbox.ts';
import { inParallel, median, rounded } from './statistics.ts';

const CALLS = 10_000;
const SAMPLE_EVERY = 500;
const TOOL_CALLS = 410;
/** Divides no number of tool calls at a sample: one worker of the tool is idle there each time. */
const CALLS_OF_A_WORKER = 300;
const CODE_AT_ONCE = 4;
/** What V8 compiles and caches at the first uses is no leak. */
const WARM_UP_SAMPLES = 4;
const MOST_GROWTH_BYTES = 10 * 2 ** 20;
const SETTLE_MS = 100;

const forever = 'await new Promise(() => {});';
const quick = { ...BENCH_CODE.limits, timeoutMs: 60 };
const small = { ...BENCH_CODE.limits, memoryBytes: 32 * 2 ** 20, outputBytes: 100_000 };

/** How one-shot workers end, in turn: most answer, some fail, some meet each limit. */
const CODES: readonly (readonly [ends: SandboxOutcomeKind, source: string, limits?: SandboxCall['limits']])[] = [
  ['succeeded', 'return { sum: input.a + input.b };'],
  ['succeeded', 'console.log("x".repeat(10_000)); return [1, 2, 3];'],
  ['succeeded', `return 'x'.repeat(50_000);`],
  ['threw', 'throw new Error("as asked");'],
  ['succeeded', 'return input;'],
  ['exited', 'process.exit(3);'],
  ['timedOut', forever, quick],
  ['outputExceeded', `return 'x'.repeat(200_000);`, small],
  ['succeeded', 'return (await import("node:crypto")).randomUUID();'],
  ['memoryExceeded', 'const all = []; for (;;) all.push(new Array(100_000).fill(0.5));', small],
  ['policyViolated', 'process.setuid(0);'],
  ['brokeProtocol', `process.getBuiltinModule('node:fs').writeSync(3, 'garbage'); ${forever}`],
];

interface Sample {
  readonly calls: number;
  readonly residentBytes: number;
  readonly descriptors: number;
}

const never = new AbortController().signal;

function forcedCollection(): () => void {
  v8.setFlagsFromString('--expose-gc');
  const collect: unknown = vm.runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('This Node has no garbage collection on demand.');
  return () => void collect();
}

async function sample(calls: number, collect: () => void): Promise<Sample> {
  await delay(SETTLE_MS);
  collect();
  await delay(SETTLE_MS);
  collect();
  return { calls, residentBytes: process.memoryUsage.rss(), descriptors: (await readdir('/proc/self/fd')).length };
}

async function call(sandbox: ProcessSandbox, wanted: SandboxCall, expected: SandboxOutcomeKind): Promise<void> {
  const { outcome } = await sandbox.run(wanted, never);
  if (outcome.kind !== expected)
    throw new Error(`A call ended as ${JSON.stringify(outcome)} and should have ended as ${expected}.`);
}

/** The calls between two samples: those of a tool one after another, those of code beside them. */
async function runBlock(sandbox: ProcessSandbox): Promise<void> {
  const tool = inParallel(TOOL_CALLS, 1, () => call(sandbox, BENCH_TOOL, 'succeeded'));
  const code = inParallel(SAMPLE_EVERY - TOOL_CALLS, CODE_AT_ONCE, async (index) => {
    const [expected, source, limits] = CODES[index % CODES.length] ?? ['succeeded', 'return 1;'];
    const { limits: usual } = BENCH_CODE;
    await call(sandbox, { ...BENCH_CODE, program: { type: 'code', source }, limits: limits ?? usual }, expected);
  });
  await Promise.all([tool, code]);
}

/** Bytes a call, by least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const x = mean(samples.map(({ calls }) => calls));
  const y = mean(samples.map(({ residentBytes }) => residentBytes));
  const products = samples.map(({ calls, residentBytes }) => (calls - x) * (residentBytes - y));
  return mean(products) / mean(samples.map(({ calls }) => (calls - x) ** 2));
}

/** What grew after the warm-up until the last quarter of the samples; empty when nothing did. */
function faultsOf(samples: readonly Sample[]): readonly string[] {
  const resident = samples.map(({ residentBytes }) => residentBytes);
  // From the lowest: what V8 gives back to the system in between would hide what grows.
  const grown = median(resident.slice(-Math.ceil(samples.length / 4))) - Math.min(...resident);
  const faults: string[] = [];
  if (grown > MOST_GROWTH_BYTES) faults.push(`resident memory grew by ${rounded(grown / 2 ** 20)} MiB`);
  const most = Math.max(...samples.map(({ descriptors }) => descriptors));
  const start = samples[0]?.descriptors ?? 0;
  if (most > start) faults.push(`open descriptors grew from ${start} to ${most}`);
  return faults;
}

/** Makes 10,000 sandboxed calls of all kinds and looks what stays; answers with what grew. */
export async function findLeaks(say: (line: string) => void): Promise<readonly string[]> {
  const collect = forcedCollection();
  const before = (await sample(0, collect)).descriptors;
  const sandbox = await openBenchSandbox({
    warmWorkers: 0,
    reuse: { calls: CALLS_OF_A_WORKER, ms: 10 * 60_000 },
    onRun: () => undefined,
  });
  say(`Layer: ${sandbox.layer}. Warm-up: the first ${WARM_UP_SAMPLES * SAMPLE_EVERY} calls.`);
  const samples: Sample[] = [];
  for (let calls = SAMPLE_EVERY; calls <= CALLS; calls += SAMPLE_EVERY) {
    await runBlock(sandbox);
    const taken = await sample(calls, collect);
    samples.push(taken);
    say(`${calls} calls: ${rounded(taken.residentBytes / 2 ** 20)} MiB, ${taken.descriptors} descriptors`);
  }
  await sandbox.close();
  const counted = samples.slice(WARM_UP_SAMPLES - 1);
  const after = (await sample(CALLS, collect)).descriptors;
  say(
    `Slope after the warm-up: ${rounded(slopeOf(counted))} bytes a call. Descriptors: ${before} before, ${after} after.`,
  );
  return [...faultsOf(counted), ...(after > before ? [`${after - before} descriptors stayed open at the end`] : [])];
}
