import type { WorkerClass } from './launch.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Workers that are started and wait for their one call, so that a call does not pay for the start. */
export interface WorkerPool {
  /** An idle worker of this class, else a fresh one. */
  take(wanted: WorkerClass): Promise<{ readonly worker: WorkerProcess; readonly warm: boolean }>;
  /** Keeps workers of this class ready, as the next call most likely asks for the same; at once when there is room. */
  refill(wanted: WorkerClass): void;
  readonly idle: number;
  close(): Promise<void>;
}

interface Idle {
  readonly of: string;
  readonly worker: Promise<WorkerProcess | undefined>;
}

const keyOf = ({ heapMib, folders }: WorkerClass): string => JSON.stringify([heapMib, ...folders]);

/** Makes a pool that keeps up to `size` idle workers, whatever their classes. */
export function createWorkerPool(size: number, start: (wanted: WorkerClass) => Promise<WorkerProcess>): WorkerPool {
  let idle: readonly Idle[] = [];
  const ending = new Set<Promise<void>>();
  let lastOf: string | undefined;
  let closed = false;

  function discard({ worker }: Idle): void {
    const ended = worker.then(async (running) => {
      await running?.end();
    });
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  }

  return {
    get idle() {
      return idle.length;
    },
    async take(wanted) {
      for (;;) {
        const found = idle.find((entry) => entry.of === keyOf(wanted));
        if (found === undefined) return { worker: await start(wanted), warm: false };
        idle = idle.filter((entry) => entry !== found);
        const worker = await found.worker;
        if (worker?.usable === true) return { worker, warm: true };
        discard(found);
      }
    },
    refill(wanted) {
      if (closed) return;
      const of = keyOf(wanted);
      const isRepeated = of === lastOf;
      lastOf = of;
      // A class that was asked for once takes what is free; asked for again, it takes the place of others.
      const kept = isRepeated ? idle.filter((entry) => entry.of === of) : idle;
      if (kept.length >= size) return;
      idle.filter((entry) => !kept.includes(entry)).forEach(discard);
      // A start that fails is found out again, and told, by the call that needs a worker.
      const fresh = Array.from({ length: size - kept.length }, () => ({
        of,
        worker: start(wanted).catch(() => undefined),
      }));
      idle = [...kept, ...fresh];
    },
    async close() {
      closed = true;
      idle.forEach(discard);
      idle = [];
      await Promise.all(ending);
    },
  };
}
