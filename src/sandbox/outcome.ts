import { MIB } from '../core/units.ts';
import type { Limits } from '../usage/limits.ts';
import type { SandboxOutcome } from './sandbox.ts';
import type { WorkerEvent } from './worker-process.ts';

type Ended = Extract<WorkerEvent, { type: 'ended' }>;

/** 128 + SIGABRT: how a shell or an init tells what `signal` says directly. */
const EXIT_ABORTED = 134;
const HEAP_FULL =
  /heap out of memory|Reached heap limit|heap limit Allocation failed|Zone Allocation failed|bad_alloc/i;

/** What the end of a process without an answer means for the author of its code. */
export function outcomeOfEnd(ended: Ended, limits: Limits): SandboxOutcome {
  const aborted = ended.signal === 'SIGABRT' || ended.exitCode === EXIT_ABORTED;
  if ((aborted || ended.signal === 'SIGTRAP') && HEAP_FULL.test(ended.errorText)) {
    return { kind: 'memoryExceeded', message: `It needed more than its ${mebibytes(limits.memoryBytes)} of heap.` };
  }
  if (ended.signal !== null) {
    return { kind: 'signaled', message: `Its process was ended by ${ended.signal} before it answered.` };
  }
  return {
    kind: 'exited',
    message: `Its process ended with exit code ${ended.exitCode ?? 'unknown'} before it answered.`,
  };
}

export const timedOut = (limits: Limits): SandboxOutcome => ({
  kind: 'timedOut',
  message: `It did not end within ${limits.timeoutMs} ms.`,
});

export const outputExceeded = (what: string): SandboxOutcome => ({ kind: 'outputExceeded', message: what });

export const outputTooLarge = (limits: Limits): SandboxOutcome =>
  outputExceeded(`Its output is larger than ${limits.outputBytes} bytes.`);

export const brokeProtocol = (what: string): SandboxOutcome => ({
  kind: 'brokeProtocol',
  message: `Its process wrote on the channel that belongs to the sandbox: ${what}.`,
});

export const canceled = (): SandboxOutcome => ({ kind: 'canceled', message: 'It was canceled.' });

export const sandboxFailed = (message: string): SandboxOutcome => ({ kind: 'sandboxFailed', message });

const mebibytes = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
