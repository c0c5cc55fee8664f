import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createEgress } from '../src/egress/egress.ts';
import { findLaunching } from '../src/sandbox/find-launching.ts';
import { createHostCalls } from '../src/sandbox/host-calls/host-calls.ts';
import { createProcessSandbox, type ProcessSandbox, type SandboxRun } from '../src/sandbox/process-sandbox.ts';
import type { SandboxCall } from '../src/sandbox/sandbox.ts';
import { DEFAULT_LIMITS } from '../src/usage/limits.ts';
import { SANDBOX_SETTINGS } from '../test/support/sandbox.ts';
import { median } from './statistics.ts';

export interface SandboxTimes {
  readonly layer: string;
  /** A Node that does nothing, from its start to its end. */
  readonly plainNodeMs: number;
  /** A call for which a worker is started, to the answer. */
  readonly coldMs: number;
  /** A call of a worker that waits, ten a second: to the answer, and until the worker is gone. */
  readonly warmMs: number;
  readonly warmGoneMs: number;
  /** A call of a tool's worker that has served others, one after another: to the answer, and to its receipt. */
  readonly reusedMs: number;
  readonly reusedReceiptMs: number;
}

const CALLS = 20;
const REUSED_CALLS = 300;
/** Ten calls a second leave the time to start the next worker. */
const EVERY_MS = 100;

/** A call of code that answers. */
export const BENCH_CODE: SandboxCall = {
  program: { type: 'code', source: 'return { sum: input.a + input.b };' },
  input: { a: 1, b: 2 },
  limits: DEFAULT_LIMITS,
  idempotencyKey: 'bench',
  grants: [],
};

/** A call of a tool whose workers are reused. */
export const BENCH_TOOL: SandboxCall = {
  ...BENCH_CODE,
  program: {
    type: 'tool',
    name: 'text.template',
    version: '1.0.0',
    folder: path.resolve('dist/tools/text.template'),
    entry: 'main.js',
    tenant: 'bench',
  },
  input: { template: 'Hello' },
};

const never = new AbortController().signal;

function plainNode(): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', () => resolve(performance.now() - startedAt));
  });
}

/** The sandbox that the server would have here, with one reusable tool. */
export async function openBenchSandbox(settings: {
  readonly warmWorkers: number;
  readonly reuse?: { readonly calls: number; readonly ms: number };
  readonly onRun: (run: SandboxRun) => void;
}): Promise<ProcessSandbox> {
  const { launching } = await findLaunching({
    setting: 'best-available',
    launchers: path.resolve('dist/launchers'),
    workerBundle: path.resolve('dist/worker.cjs'),
    sandbox: SANDBOX_SETTINGS,
  });
  const hostCalls = createHostCalls({ egress: createEgress() });
  return createProcessSandbox({ launching, hostCalls, reusableTools: ['text.template'], ...settings });
}

/** From the call to its receipt, with what the receipt says of the time in the worker. */
async function timed(
  sandbox: ProcessSandbox,
  call: SandboxCall,
): Promise<{ readonly answer: number; readonly gone: number }> {
  const startedAt = performance.now();
  const { outcome, receipt } = await sandbox.run(call, never);
  if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
  return { answer: receipt.wallMs, gone: performance.now() - startedAt };
}

/** Floor and product in turn, so that a slow moment of the machine meets both. */
export async function measureSandbox(): Promise<SandboxTimes> {
  const waits: number[] = [];
  const onRun = ({ waitMs }: SandboxRun): void => void waits.push(waitMs);
  const cold = await openBenchSandbox({ warmWorkers: 0, onRun });
  const warm = await openBenchSandbox({ warmWorkers: 2, onRun: () => undefined });
  const plain: number[] = [];
  const fresh: number[] = [];
  const answers: number[] = [];
  const gone: number[] = [];
  await timed(warm, BENCH_CODE);
  await delay(10 * EVERY_MS);
  for (let n = 0; n < CALLS; n += 1) {
    plain.push(await plainNode());
    const { answer } = await timed(cold, BENCH_CODE);
    fresh.push(answer + (waits.at(-1) ?? 0));
    const next = await timed(warm, BENCH_CODE);
    answers.push(next.answer);
    gone.push(next.gone);
    await delay(EVERY_MS);
  }
  const reused: number[] = [];
  const receipts: number[] = [];
  for (let n = 0; n < REUSED_CALLS; n += 1) {
    const { answer, gone: receipt } = await timed(warm, BENCH_TOOL);
    reused.push(answer);
    receipts.push(receipt);
  }
  await cold.close();
  await warm.close();
  return {
    layer: warm.layer,
    plainNodeMs: median(plain),
    coldMs: median(fresh),
    warmMs: median(answers),
    warmGoneMs: median(gone),
    reusedMs: median(reused),
    reusedReceiptMs: median(receipts),
  };
}
