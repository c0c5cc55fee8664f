import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLoopGuard, type LoopGuard } from '../../../src/telemetry/loop-guard.ts';
import type { LoopHold } from '../../../src/telemetry/loop-guard-messages.ts';
import { assertLoopTurned, forgetHolds } from '../../support/watch-event-loop.ts';

const LIMIT_MS = 100;
const threadFile = path.resolve('dist/loop-guard-thread.js');

let guard: LoopGuard | undefined;
afterEach(async () => {
  await guard?.close();
  await forgetHolds();
});

async function watch(settings: { readonly threadFile?: string } = { threadFile }): Promise<readonly LoopHold[]> {
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

  it('goes on, and lets the program go on, without the file of its thread', async () => {
    const holds = await watch({ threadFile: '/nowhere/thread.js' });
    countUpFor(300);
    await guard?.settled();
    expect(holds).toEqual([]);
  });
});
