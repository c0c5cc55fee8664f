import { describe, expect, it } from 'vitest';
import { withResolvers } from '../../../src/sandbox/with-resolvers.ts';
import type { WorkerClass } from '../../../src/sandbox/launch.ts';
import { createWorkerPool, type Lease, type WorkerPoolSettings } from '../../../src/sandbox/pool.ts';
import type { WorkerProcess } from '../../../src/sandbox/worker-process.ts';

const CODE: WorkerClass = { profile: 'js', memoryBytes: 64, folders: [], reused: false };
const TOOL: WorkerClass = { ...CODE, folders: ['/tools/a'] };
const REUSED: WorkerClass = { ...TOOL, reused: true, owner: 'tenant' };
const never = new AbortController().signal;

/** A worker that only counts. */
function countingWorker(pid: number, onEnd: () => void): WorkerProcess {
  const gone = withResolvers<undefined>();
  let usable = true;
  return {
    pid,
    channel: {
      send: () => undefined,
      drained: () => Promise.resolve(),
      close: () => undefined,
      bytesRead: 0,
      bytesWritten: 0,
    },
    confinement: { profile: 'js', layer: 'full', processes: 0, scratchBytes: 0 },
    ready: Promise.resolve(undefined),
    gone: gone.promise,
    get usable() {
      return usable;
    },
    traffic: { bytesIn: 0, bytesOut: 0 },
    interpreter: undefined,
    listen: () => undefined,
    beginCall: () => undefined,
    rest: () => Promise.resolve(undefined),
    inside: (folder) => folder,
    async end() {
      if (usable) onEnd();
      usable = false;
      gone.resolve(undefined);
      return { gone: true };
    },
  };
}

/** A pool of two over such workers. */
function scene(overrides: Partial<WorkerPoolSettings> = {}) {
  const started: string[] = [];
  let ended = 0;
  const pool = createWorkerPool({
    warm: 2,
    kept: 2,
    reuse: { calls: 3, ms: 60_000 },
    totalBytes: 1_000_000,
    bytesOf: ({ memoryBytes }) => memoryBytes,
    async start({ folders }) {
      started.push(folders[0] ?? 'code');
      return countingWorker(started.length, () => (ended += 1));
    },
    ...overrides,
  });
  const take = (wanted: WorkerClass): Promise<Lease> => pool.take(wanted, never);
  /** One call of a worker that serves no other. */
  const call = async (wanted: WorkerClass): Promise<Lease['source']> => {
    const lease = await take(wanted);
    await lease.end();
    pool.refill(wanted);
    return lease.source;
  };
  return { pool, started, take, call, ended: () => ended };
}

describe('The pool of workers', () => {
  it('gives a worker that was started before, and starts another in its place', async () => {
    const { pool, started, call } = scene();
    pool.refill(CODE);
    expect([await call(CODE), await call(CODE), await call(CODE)]).toEqual(['warm', 'warm', 'warm']);
    expect(started).toHaveLength(5);
  });

  it('never gives a worker of another class: it sees other folders', async () => {
    const { pool, call } = scene();
    pool.refill(CODE);
    expect(await call(TOOL)).toBe('cold');
    expect(await call(CODE)).toBe('warm');
  });

  it('starts nothing in vain while classes take turns', async () => {
    const { pool, started, call, ended } = scene();
    pool.refill(CODE);
    for (let round = 0; round < 5; round += 1) {
      await call(TOOL);
      await call(CODE);
    }
    // Two at first, and one for each call.
    expect([started.length, ended()]).toEqual([12, 10]);
  });

  it('makes room for a class that is asked for again', async () => {
    const { pool, call, ended } = scene();
    pool.refill(CODE);
    expect([await call(TOOL), await call(TOOL), await call(TOOL), await call(TOOL)]).toEqual([
      'cold',
      'cold',
      'warm',
      'warm',
    ]);
    await pool.close();
    expect([ended(), pool.idle]).toEqual([8, 0]);
  });
});

describe('A class that is reused', () => {
  it('has the same worker again, as often as it may', async () => {
    const { take, ended } = scene();
    const sources: string[] = [];
    const pids: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      const lease = await take(REUSED);
      sources.push(lease.source);
      pids.push(lease.worker.pid);
      expect(lease.reusable).toBe(call % 3 < 2);
      lease.keep();
    }
    expect([sources, pids, ended()]).toEqual([['cold', 'reused', 'reused', 'cold'], [1, 1, 1, 2], 1]);
  });

  it('is another one for another owner, or other grants', async () => {
    const { take } = scene();
    (await take(REUSED)).keep();
    expect((await take({ ...REUSED, owner: 'somebody else' })).source).toBe('cold');
  });

  it('is not kept longer than it may be, nor more of it than may be kept', async () => {
    const { take, pool, ended } = scene({ reuse: { calls: 10, ms: 30 } });
    const leases = [await take(REUSED), await take(REUSED), await take(REUSED)];
    for (const lease of leases) lease.keep();
    expect(pool.idle).toBe(2);
    await expect.poll(() => [pool.idle, ended()]).toEqual([0, 3]);
  });
});

describe('The memory of all workers', () => {
  it('is taken from idle ones when a call needs it', async () => {
    const { pool, take, ended } = scene({ totalBytes: 192 });
    pool.refill(CODE);
    const lease = await take({ ...TOOL, memoryBytes: 128 });
    expect([lease.source, ended(), pool.idle]).toEqual(['cold', 1, 1]);
  });

  it('is waited for, in order, and until the signal fires', async () => {
    const { take, pool } = scene({ totalBytes: 128 });
    const first = await take({ ...CODE, memoryBytes: 128 });
    const abort = new AbortController();
    const waits = pool.take(CODE, abort.signal);
    const second = take(CODE);
    abort.abort();
    await expect(waits).rejects.toThrow(/canceled/);
    await first.end();
    expect((await second).source).toBe('cold');
  });

  it('is given back by a worker that could be kept, where a call waits for it', async () => {
    const { take, pool, ended } = scene({ totalBytes: 64 });
    const first = await take(REUSED);
    const second = take(CODE);
    await new Promise((resolve) => setImmediate(resolve));
    first.keep();
    expect((await second).source).toBe('cold');
    expect([pool.idle, ended()]).toEqual([0, 1]);
  });

  it('is never enough for some calls, which are told so', async () => {
    const { take } = scene({ totalBytes: 64 * 2 ** 20 });
    await expect(take({ ...CODE, memoryBytes: 65 * 2 ** 20 })).rejects.toThrow(
      /65 MiB, and all together may take 64 MiB \(ICEOS_SANDBOX_TOTAL_MEMORY\)/,
    );
  });
});
