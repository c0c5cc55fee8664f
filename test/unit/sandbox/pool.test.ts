import { describe, expect, it } from 'vitest';
import type { WorkerClass } from '../../../src/sandbox/launch.ts';
import { createWorkerPool } from '../../../src/sandbox/pool.ts';
import type { WorkerProcess } from '../../../src/sandbox/worker-process.ts';

const CODE: WorkerClass = { heapMib: 64, folders: [] };
const TOOL: WorkerClass = { heapMib: 64, folders: ['/tools/a'] };

/** A pool of two over workers that only count. */
function scene() {
  const started: string[] = [];
  let ended = 0;
  const pool = createWorkerPool(2, async ({ folders }) => {
    started.push(folders[0] ?? 'code');
    const worker: WorkerProcess = {
      pid: started.length,
      channel: { send: () => undefined, close: () => undefined },
      ready: Promise.resolve(undefined),
      usable: true,
      listen: () => undefined,
      endAfter: () => undefined,
      inside: (folder) => folder,
      async end() {
        ended += 1;
        return { gone: true };
      },
    };
    return worker;
  });
  const call = async (wanted: WorkerClass): Promise<boolean> => {
    const { warm } = await pool.take(wanted);
    pool.refill(wanted);
    return warm;
  };
  return { pool, started, call, ended: () => ended };
}

describe('The pool of workers', () => {
  it('gives a worker that was started before, and starts another in its place', async () => {
    const { pool, started, call } = scene();
    pool.refill(CODE);
    expect([await call(CODE), await call(CODE), await call(CODE)]).toEqual([true, true, true]);
    expect(started).toHaveLength(5);
  });

  it('never gives a worker of another class: it sees other folders', async () => {
    const { pool, call } = scene();
    pool.refill(CODE);
    expect(await call(TOOL)).toBe(false);
    expect(await call(CODE)).toBe(true);
  });

  it('starts nothing in vain while classes take turns', async () => {
    const { pool, started, call, ended } = scene();
    pool.refill(CODE);
    for (let round = 0; round < 5; round += 1) {
      await call(TOOL);
      await call(CODE);
    }
    // Two at first, and one for each call.
    expect([started.length, ended()]).toEqual([12, 0]);
  });

  it('makes room for a class that is asked for again', async () => {
    const { pool, call, ended } = scene();
    pool.refill(CODE);
    expect([await call(TOOL), await call(TOOL), await call(TOOL), await call(TOOL)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    await pool.close();
    expect(ended()).toBe(4);
  });
});
