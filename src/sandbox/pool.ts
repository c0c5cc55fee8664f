import type { WorkerProcess } from './worker-process.ts';

/** Workers that are started and wait for their one call, so that a call does not pay for the start. */
export interface WorkerPool {
  /** An idle worker with this heap, else a fresh one. */
  take(heapMib: number): Promise<{ readonly worker: WorkerProcess; readonly warm: boolean }>;
  /** Fills up with workers of this heap, as the next call most likely asks for the same. */
  refill(heapMib: number): void;
  close(): Promise<void>;
}

interface Idle {
  readonly heapMib: number;
  readonly worker: Promise<WorkerProcess | undefined>;
}

/** Makes a pool that keeps up to `size` idle workers, whatever their heaps. */
export function createWorkerPool(size: number, start: (heapMib: number) => Promise<WorkerProcess>): WorkerPool {
  let idle: readonly Idle[] = [];
  const ending = new Set<Promise<void>>();
  let closed = false;

  function discard({ worker }: Idle): void {
    const ended = worker.then(async (running) => {
      await running?.end();
    });
    ending.add(ended);
    void ended.finally(() => ending.delete(ended));
  }

  return {
    async take(heapMib) {
      for (;;) {
        const found = idle.find((entry) => entry.heapMib === heapMib);
        if (found === undefined) return { worker: await start(heapMib), warm: false };
        idle = idle.filter((entry) => entry !== found);
        const worker = await found.worker;
        if (worker?.usable === true) return { worker, warm: true };
        discard(found);
      }
    },
    refill(heapMib) {
      if (closed) return;
      const missing = size - idle.filter((entry) => entry.heapMib === heapMib).length;
      for (let i = 0; i < missing; i += 1) {
        // A start that fails is found out again, and told, by the call that needs a worker.
        idle = [...idle, { heapMib, worker: start(heapMib).catch(() => undefined) }];
      }
      const surplus = idle.length - size;
      if (surplus <= 0) return;
      const others = idle.filter((entry) => entry.heapMib !== heapMib).slice(0, surplus);
      idle = idle.filter((entry) => !others.includes(entry));
      others.forEach(discard);
    },
    async close() {
      closed = true;
      idle.forEach(discard);
      idle = [];
      await Promise.all(ending);
    },
  };
}
