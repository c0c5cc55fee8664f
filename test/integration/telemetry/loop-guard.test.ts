import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../src/core/units.ts';
import { createLoopGuard, type LoopGuard, type LoopGuardDeps } from '../../../src/telemetry/loop-guard.ts';
import { BEAT, SLOWEST, type FromLoopGuardThread, type LoopHold } from '../../../src/telemetry/loop-guard-messages.ts';
import { assertLoopTurned, forgetHolds, watchEventLoop } from '../../support/watch-event-loop.ts';

const LIMIT_MS = 100;
const threadFile = path.resolve('dist/loop-guard-thread.js');

let guard: LoopGuard | undefined;
afterEach(async () => {
  await guard?.close();
  await forgetHolds();
});

async function watch(
  settings: Pick<LoopGuardDeps, 'threadFile' | 'onThreadEnd'> = { threadFile },
): Promise<readonly LoopHold[]> {
  const holds: LoopHold[] = [];
  guard = createLoopGuard({ limitMs: LIMIT_MS, onHold: (hold) => holds.push(hold), ...settings });
  await guard.settled();
  return holds;
}

/** In milliseconds of the processor, which others may have meanwhile. */
function countUpFor(ms: number): number {
  const before = process.cpuUsage();
  const usedMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000;
  let count = 0;
  while (usedMs(process.cpuUsage(before)) < ms) count += 1;
  return count;
}
const holdsForHalfASecond = (): number => countUpFor(500);

describe('the guard of the event loop', () => {
  it('names the function that held it', async () => {
    const holds = await watch();
    holdsForHalfASecond();
    await guard?.settled();
    expect(holds).toHaveLength(1);
    const [{ forMs, stack } = { forMs: 0, stack: [] }] = holds;
    expect(forMs).toBeGreaterThan(LIMIT_MS);
    expect(stack.join('\n')).toContain('at countUpFor (');
    expect(stack.join('\n')).toMatch(/at holdsForHalfASecond \(.*loop-guard\.test\.ts:\d+:\d+\)/);
  });

  it('names the one that waited in a call of the system', async () => {
    const holds = await watch();
    const waitsForAChild = (): unknown => execFileSync('sleep', ['0.4']);
    waitsForAChild();
    await guard?.settled();
    expect(holds).toHaveLength(1);
    expect(holds[0]?.stack.join('\n')).toContain('at waitsForAChild (');
  });

  it('reports each hold once, and none that stays within the limit', async () => {
    const holds = await watch();
    for (const ms of [10, 20, 30]) {
      countUpFor(ms);
      await delay(0);
    }
    await guard?.settled();
    expect(holds).toEqual([]);
    for (let n = 0; n < 2; n += 1) {
      countUpFor(300);
      await guard?.settled();
    }
    expect(holds).toHaveLength(2);
  });

  it('counts without a thread, and then knows of no stack', async () => {
    const holds = await watch({});
    holdsForHalfASecond();
    await guard?.settled();
    expect(holds.map(({ stack }) => stack)).toEqual([[]]);
  });

  it('is asked after each test of the system, and would fail this one', async () => {
    countUpFor(1_200);
    await expect(assertLoopTurned()).rejects.toThrow(/^The event loop was held for \d+ ms, by\nat countUpFor \(/);
    await assertLoopTurned();
  });

  it.runIf(process.platform === 'linux')('reports a machine that stood still, and fails no test for it', async () => {
    const holds = await watch();
    const { pid } = process;
    await once(spawn('sh', ['-c', `kill -STOP ${pid}; sleep 0.8; kill -CONT ${pid}`]), 'close');
    await guard?.settled();
    // A busy machine may hold it for other reasons too: the longest is the one that was made.
    const longest = holds.toSorted((one, other) => other.forMs - one.forMs)[0];
    expect(longest?.forMs).toBeGreaterThan(500);
    expect(longest?.usedMs).toBeLessThan(500);
    await assertLoopTurned();
  });

  it('fails a test where nothing is watched any more', async () => {
    const blind = watchEventLoop('/nowhere/thread.js');
    await expect(assertLoopTurned(blind)).rejects.toThrow(
      /^The thread that watches the event loop has ended: .*nowhere/,
    );
    await blind.guard.close();
  });

  it('goes on counting when its thread has ended, and says so once', async () => {
    const ends: string[] = [];
    const holds = await watch({ threadFile: '/nowhere/thread.js', onThreadEnd: (why) => ends.push(why) });
    holdsForHalfASecond();
    await guard?.settled();
    expect(holds.map(({ stack }) => stack)).toEqual([[]]);
    await guard?.close();
    expect(ends).toEqual([expect.stringContaining('/nowhere/thread.js')]);
  });

  it('counts what held the loop before its thread has ended', async () => {
    const holds: LoopHold[] = [];
    guard = createLoopGuard({
      limitMs: LIMIT_MS,
      onHold: (hold) => holds.push(hold),
      threadFile: '/nowhere/thread.js',
    });
    holdsForHalfASecond();
    await guard.settled();
    expect(holds.map(({ stack }) => stack)).toEqual([[]]);
  });

  it('says nothing of a thread that it has ended itself', async () => {
    const ends: string[] = [];
    await watch({ threadFile, onThreadEnd: (why) => ends.push(why) });
    await guard?.close();
    await delay(0);
    expect(ends).toEqual([]);
  });
});

describe('the thread beside it', () => {
  /** What it says when it looks once, and not before it is asked to. */
  async function saidOf(slowestMs: number): Promise<readonly FromLoopGuardThread[]> {
    const beats = new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
    const begin = process.hrtime.bigint();
    Atomics.store(beats, BEAT, begin);
    const said: FromLoopGuardThread[] = [];
    const worker = new Worker(threadFile, { workerData: { beats, beatMs: HOUR_MS, limitMs: LIMIT_MS }, execArgv: [] });
    await once(worker, 'online');
    worker.on('message', (message: FromLoopGuardThread) => said.push(message));
    worker.postMessage('settle');
    await once(worker, 'message');
    // The loop has turned for two hours, once after so long a time.
    Atomics.store(beats, SLOWEST, BigInt(slowestMs) * 1_000_000n);
    Atomics.store(beats, BEAT, begin + BigInt(2 * HOUR_MS) * 1_000_000n);
    worker.postMessage('settle');
    await once(worker, 'message');
    while (said.filter(({ type }) => type === 'settled').length < 2) await once(worker, 'message');
    await worker.terminate();
    return said.slice(1);
  }

  it('reports a hold that was over before it looked, without a stack', async () => {
    expect(await saidOf(HOUR_MS + 60_000)).toMatchObject([{ type: 'hold', hold: { stack: [] } }, { type: 'settled' }]);
  });

  it('takes no time in which it was late itself for a hold', async () => {
    expect(await saidOf(HOUR_MS)).toEqual([{ type: 'settled' }]);
  });
});
