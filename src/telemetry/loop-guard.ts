import { Worker } from 'node:worker_threads';
import type { FromLoopGuardThread, LoopGuardStart, LoopHold } from './loop-guard-messages.ts';

export interface LoopGuardDeps {
  /** The longest that one stretch without a turn of the event loop may take. */
  readonly limitMs: number;
  /** Called after each longer one. */
  readonly onHold: (hold: LoopHold) => void;
  /** The bundle of loop-guard-thread.ts, which finds the culprit; without it a hold has no stack. */
  readonly threadFile?: string | undefined;
}

/** Watches the event loop of this thread. */
export interface LoopGuard {
  /** Resolves when every hold that has ended was reported. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Turns that are looked for within the limit. */
const BEATS = 4;
const MS = 1_000_000n;
/** Of the thread: the debugger names every script of the program to it once. */
const HEAP_MIB = 128;

/**
 * A timer says at which instant the loop last turned. What is late is seen by the next beat itself, or, while it lasts, by a
 * thread beside it, which can then ask the debugger where the program is.
 */
export function createLoopGuard({ limitMs, onHold, threadFile }: LoopGuardDeps): LoopGuard {
  const beatMs = limitMs / BEATS;
  const beats = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  const now = (): bigint => process.hrtime.bigint();
  Atomics.store(beats, 0, now());
  const thread = threadFile === undefined ? undefined : startThread(threadFile, { beats, beatMs, limitMs }, onHold);

  function beat(): void {
    const at = now();
    const forMs = Number((at - Atomics.load(beats, 0)) / MS) - beatMs;
    if (thread === undefined && forMs > limitMs) onHold({ forMs, stack: [] });
    Atomics.store(beats, 0, at);
  }
  const timer = setInterval(beat, beatMs).unref();

  return {
    async settled() {
      beat();
      await thread?.settled();
    },
    async close() {
      clearInterval(timer);
      await thread?.close();
    },
  };
}

function startThread(threadFile: string, workerData: LoopGuardStart, onHold: LoopGuardDeps['onHold']) {
  // Options of the parent (a loader, an inspector) are not for this thread, nor are its secrets.
  const options = { workerData, execArgv: [], env: {}, name: 'iceos-loop-guard' };
  const worker = new Worker(threadFile, { ...options, resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB } });
  worker.unref();
  const waiting: (() => void)[] = [];
  let isGone = false;
  const settle = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  worker.on('message', (message: FromLoopGuardThread) => {
    if (message.type === 'hold') onHold(message.hold);
    else settle();
  });
  const gone = (): void => {
    isGone = true;
    settle();
  };
  // Who only watches must not end what it watches.
  worker.on('error', gone).on('exit', gone);
  return {
    settled: (): Promise<void> =>
      new Promise((resolve) => {
        if (isGone) return resolve();
        waiting.push(resolve);
        worker.postMessage('settle');
      }),
    async close(): Promise<void> {
      await worker.terminate();
    },
  };
}
