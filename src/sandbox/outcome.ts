import { MIB, SECOND_MS } from '../core/units.ts';
import type { FromWorker } from '../protocol/messages.ts';
import type { Limits } from '../usage/limits.ts';
import { KEPT_CHARS } from './error-text.ts';
import type { Removal } from './launch.ts';
import type { SandboxOutcome } from './sandbox.ts';
import type { WorkerEvent } from './worker-process.ts';

type Ended = Extract<WorkerEvent, { type: 'ended' }>;
type Failed = Extract<FromWorker, { type: 'failed' }>;

/** 128 + SIGABRT: how a shell or an init tells what `signal` says directly. */
const EXIT_ABORTED = 134;
const MEMORY_FULL =
  /heap out of memory|Reached heap limit|heap limit Allocation failed|Zone Allocation failed|process out of memory|Fatal (process|javascript) OOM|bad_alloc/i;
/** Node's own assertions on threads, and what C++ says of one that cannot be started. */
const THREADS_FULL = /uv_thread_create|pthread_create|Resource temporarily unavailable/;
/** How V8 ends itself, by its version and architecture. */
const ABORTS: ReadonlySet<string | null> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL']);

/** What the end of a process without an answer means for the author of its code. */
export function outcomeOfEnd(ended: Ended, limits: Limits): SandboxOutcome {
  const { by, deniedCall, signal, exitCode, errorText } = ended;
  if (by === 'denied')
    return policyViolated(`it called ${deniedCall ?? 'what it may not'}, which no tool or code needs`);
  if (by === 'wall') return timedOut(limits);
  if (by === 'cpu' || signal === 'SIGXCPU') return cpuExceeded(limits);
  if (by === 'memory') return memoryExceeded(limits);
  if (signal === 'SIGSYS') return policyViolated('it made a system call of another architecture');
  if (signal === 'SIGXFSZ') return diskExceeded('It wrote a file larger than its scratch.');
  if (ABORTS.has(signal) || exitCode === EXIT_ABORTED) {
    if (MEMORY_FULL.test(errorText)) return memoryExceeded(limits);
    // Who says so at its beginning has lived on.
    if (THREADS_FULL.test(errorText.slice(-KEPT_CHARS)))
      return processesExceeded('a thread of Node could not be started.');
    // It traps without a word when the system gives it no more memory; of a fault of its own it says something.
    if (errorText.trim() === '' && signal !== 'SIGABRT' && signal !== null) return memoryExceeded(limits);
  }
  if (signal !== null) {
    return { kind: 'signaled', message: `Its process was ended by ${signal} before it answered.` };
  }
  return {
    kind: 'exited',
    message: `Its process ended with exit code ${exitCode ?? 'unknown'} before it answered.`,
  };
}

/** What a failure that the worker tells of means: an error, or the limit that it met. */
export function outcomeOfFailure({ message, retryable, limit }: Failed, limits: Limits): SandboxOutcome {
  switch (limit) {
    case undefined:
      return { kind: 'threw', message, retryable };
    case 'memory':
      return memoryExceeded(limits, message);
    case 'processes':
      return processesExceeded(message);
    case 'disk':
      return diskExceeded(`Its scratch is full: ${message}`);
    case 'output':
      return outputExceeded(message);
  }
}

/** What a call might use, and used: a worker that has served others used more. */
export interface CallUsage {
  readonly limits: Limits;
  readonly cpuMs: number;
}

/** What the end of all that a worker started adds: only then is known what the kernel killed or refused. */
export function withRemoval(outcome: SandboxOutcome, removal: Removal, { limits, cpuMs }: CallUsage): SandboxOutcome {
  if (!removal.gone) return sandboxFailed('Processes that the code started could not be ended.');
  const isUnexplained = outcome.kind === 'threw' || outcome.kind === 'signaled' || outcome.kind === 'exited';
  if (isUnexplained && removal.metMemory === true) return memoryExceeded(limits);
  // The kernel, which counts whole seconds, killed a process that the worker had started.
  if (isUnexplained && cpuMs > limits.cpuMs + SECOND_MS) return cpuExceeded(limits);
  if (isUnexplained && removal.metProcesses === true) return processesExceeded(outcome.message);
  return outcome;
}

export const timedOut = (limits: Limits): SandboxOutcome => ({
  kind: 'timedOut',
  message: `It did not end within ${limits.timeoutMs} ms.`,
});

const cpuExceeded = (limits: Limits): SandboxOutcome => ({
  kind: 'cpuExceeded',
  message: `It used up its ${limits.cpuMs} ms of CPU time.`,
});

const memoryExceeded = (limits: Limits, detail?: string): SandboxOutcome => ({
  kind: 'memoryExceeded',
  message: `Memory limit of ${mebibytes(limits.memoryBytes)} reached while allocating${detail === undefined ? '.' : `: ${detail}`}`,
});

const processesExceeded = (detail: string): SandboxOutcome => ({
  kind: 'processesExceeded',
  message: `It may not start so many processes and threads: ${detail}`,
});

const diskExceeded = (message: string): SandboxOutcome => ({ kind: 'diskExceeded', message });

const policyViolated = (what: string): SandboxOutcome => ({
  kind: 'policyViolated',
  message: `It was ended as ${what}.`,
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
