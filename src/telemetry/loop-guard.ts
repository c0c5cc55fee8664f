import { Worker } from 'node:worker_threads';
import { BEAT, SLOWEST, type FromLoopGuardThread, type LoopGuardStart, type LoopHold } from './loop-guard-messages.ts';

export interface LoopGuardDeps {
  /** The longest that one stretch without a turn of the event loop may take. */
  readonly limitMs: number;
  /** Called after each longer one. */
  readonly onHold: (hold: LoopHold) => void;
  /** The bundle of loop-guard-thread.ts, which finds the culprit; without it a hold has no stack. */
  readonly threadFile?: string | undefined;
  /** Called once when that thread has ended by itself: from then on a hold has no stack. */
  readonly onThreadEnd?: ((why: string) => void) | undefined;
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
export function createLoopGuard({ limitMs, onHold, threadFile, onThreadEnd }: LoopGuardDeps): LoopGuard {
  const beatMs = limitMs / BEATS;
  const beats = new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
  const now = (): bigint => process.hrtime.bigint();
  Atomics.store(beats, BEAT, now());
  let thread =
    threadFile === undefined ? undefined : startThread(threadFile, { beats, beatMs, limitMs }, { onHold, onEnd });

  function onEnd(why: string): void {
    thread = undefined;
    // What it has not taken any more.
    count(Atomics.load(beats, SLOWEST));
    onThreadEnd?.(why);
  }
  function count(heldNs: bigint): void {
    const forMs = Number(heldNs / MS) - beatMs;
    if (forMs > limitMs) onHold({ forMs, stack: [] });
  }
  function beat(): void {
    const at = now();
    const heldNs = at - Atomics.load(beats, BEAT);
    if (thread === undefined) count(heldNs);
    else if (heldNs > Atomics.load(beats, SLOWEST)) Atomics.store(beats, SLOWEST, heldNs);
    Atomics.store(beats, BEAT, at);
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

interface ThreadListener extends Pick<LoopGuardDeps, 'onHold'> {
  onEnd(why: string): void;
}

function startThread(threadFile: string, workerData: LoopGuardStart, { onHold, onEnd }: ThreadListener) {
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
  const gone = (why: string): void => {
    if (isGone) return;
    isGone = true;
    onEnd(why);
    settle();
  };
  // Who only watches must not end what it watches.
  worker.on('error', (error: unknown) => gone(String(error))).on('exit', (code) => gone(`exit code ${code}`));
  return {
    settled: (): Promise<void> =>
      new Promise((resolve) => {
        if (isGone) return resolve();
        waiting.push(resolve);
        worker.postMessage('settle');
      }),
    async close(): Promise<void> {
      isGone = true;
      settle();
      await worker.terminate();
    },
  };
}
