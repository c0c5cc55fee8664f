import { abortable } from '../core/abortable.ts';
import { createSlots } from '../core/slots.ts';
import type { Removal, WorkerClass } from './launch.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Where the worker of a call came from: it was started for it, or before, or had served others. */
export type WorkerSource = 'cold' | 'warm' | 'reused';

/** A worker that was taken, for one call. */
export interface Lease {
  readonly worker: WorkerProcess;
  readonly source: WorkerSource;
  /** It may serve another call after this one. */
  readonly reusable: boolean;
  /** Keeps it for another call of its class, where it may serve one. */
  keep(): void;
  /** Ends it. */
  end(): Promise<Removal>;
}

/** Workers that are started and wait for a call, so that a call does not pay for the start. */
export interface WorkerPool {
  /** An idle worker of this class, else a fresh one, once there is memory for it; rejects when the signal fires before. */
  take(wanted: WorkerClass, signal: AbortSignal): Promise<Lease>;
  /** Keeps workers of this class ready, as the next call most likely asks for the same; at once when there is room. */
  refill(wanted: WorkerClass): void;
  readonly idle: number;
  close(): Promise<void>;
}

export interface WorkerPoolSettings {
  /** Fresh workers that are kept ready, whatever their classes. */
  readonly warm: number;
  /** Used ones that wait for another call. */
  readonly kept: number;
  /** How many calls one worker serves, and how long, of a class that is reused. */
  readonly reuse: { readonly calls: number; readonly ms: number };
  /** Of all workers together, idle ones too. */
  readonly totalBytes: number;
  readonly bytesOf: (wanted: WorkerClass) => number;
  readonly start: (wanted: WorkerClass) => Promise<WorkerProcess>;
}

/** One worker and what the pool knows of it. */
interface Entry {
  readonly key: string;
  readonly wanted: WorkerClass;
  readonly worker: Promise<WorkerProcess>;
  readonly bornAt: number;
  calls: number;
}

const keyOf = (wanted: WorkerClass): string => JSON.stringify(wanted);

/** Makes a pool whose workers, idle and busy, together stay below a bound of memory. */
export function createWorkerPool(settings: WorkerPoolSettings): WorkerPool {
  const memory = createSlots(settings.totalBytes);
  let idle: readonly Entry[] = [];
  const ending = new Set<Promise<unknown>>();
  let lastKey: string | undefined;
  let closed = false;

  /** Its memory is held until it is gone. */
  function begin(wanted: WorkerClass, release: () => void): Entry {
    const worker = settings.start(wanted);
    const entry = { key: keyOf(wanted), wanted, worker, bornAt: performance.now(), calls: 0 };
    void worker
      .then((running) => running.gone)
      .catch(() => undefined) // who waits for it hears it
      .then(() => {
        release();
        idle = idle.filter((each) => each !== entry);
      });
    return entry;
  }

  function discard(entry: Entry): Promise<unknown> {
    idle = idle.filter((each) => each !== entry);
    const ended = entry.worker.then((running) => running.end()).catch(() => undefined);
    ending.add(ended);
    void ended.then(() => ending.delete(ended));
    return ended;
  }

  /** Who no longer waits leaves the start to itself: it is ended once it is there. */
  async function untilStarted(entry: Entry, signal: AbortSignal): Promise<WorkerProcess> {
    try {
      return await abortable(entry.worker, signal);
    } finally {
      if (signal.aborted) void discard(entry);
    }
  }

  async function start(wanted: WorkerClass, signal: AbortSignal): Promise<Entry> {
    const bytes = settings.bytesOf(wanted);
    if (bytes > settings.totalBytes)
      throw new Error(
        `it may take ${inMib(bytes)}, and all together may take ${inMib(settings.totalBytes)} (ICEOS_SANDBOX_TOTAL_MEMORY)`,
      );
    for (;;) {
      const release = memory.tryAcquire(bytes);
      if (release !== undefined) return begin(wanted, release);
      const [oldest] = idle;
      if (oldest === undefined) return begin(wanted, await memory.acquire(signal, bytes));
      await discard(oldest);
    }
  }

  function mayServeAgain({ wanted, calls, bornAt }: Entry): boolean {
    const { reuse } = settings;
    return !closed && wanted.reused && calls < reuse.calls && performance.now() - bornAt < reuse.ms;
  }

  function leaseOf(entry: Entry, worker: WorkerProcess, source: WorkerSource): Lease {
    entry.calls += 1;
    return {
      worker,
      source,
      reusable: mayServeAgain(entry),
      keep() {
        // Who waits for memory would wait until this one is too old: nobody wakes them for an idle worker.
        if (!worker.usable || !mayServeAgain(entry) || memory.waiting > 0) return void discard(entry);
        idle = [...idle, entry];
        const used = idle.filter(({ calls }) => calls > 0);
        for (const surplus of used.slice(0, Math.max(0, used.length - settings.kept))) void discard(surplus);
        // Nobody may ask for this class again: it does not stay for ever.
        const timer = setTimeout(() => idle.includes(entry) && void discard(entry), settings.reuse.ms);
        timer.unref();
      },
      end: () => worker.end(),
    };
  }

  return {
    get idle() {
      return idle.length;
    },
    async take(wanted, signal) {
      for (;;) {
        const found = idle.findLast((entry) => entry.key === keyOf(wanted));
        if (found === undefined) {
          const entry = await start(wanted, signal);
          return leaseOf(entry, await untilStarted(entry, signal), 'cold');
        }
        idle = idle.filter((entry) => entry !== found);
        const worker = await untilStarted(found, signal).catch(() => undefined);
        signal.throwIfAborted();
        if (worker?.usable === true) return leaseOf(found, worker, found.calls > 0 ? 'reused' : 'warm');
        await discard(found);
      }
    },
    refill(wanted) {
      if (closed || wanted.reused) return;
      const key = keyOf(wanted);
      const isRepeated = key === lastKey;
      lastKey = key;
      const fresh = idle.filter(({ calls }) => calls === 0);
      // A class that was asked for once takes what is free; asked for again, it takes the place of others.
      const staying = isRepeated ? fresh.filter((entry) => entry.key === key) : fresh;
      if (staying.length >= settings.warm) return;
      for (const entry of fresh) if (!staying.includes(entry)) void discard(entry);
      for (let count = staying.length; count < settings.warm; count += 1) {
        const release = memory.tryAcquire(settings.bytesOf(wanted));
        if (release === undefined) return;
        // A start that fails is found out again, and told, by the call that needs a worker.
        idle = [...idle, begin(wanted, release)];
      }
    },
    async close() {
      closed = true;
      for (const entry of idle) void discard(entry);
      await Promise.all(ending);
    },
  };
}

const inMib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
