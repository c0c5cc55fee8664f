import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createLoopGuard, type LoopGuard } from '../../src/telemetry/loop-guard.ts';
import type { LoopHold } from '../../src/telemetry/loop-guard-messages.ts';

/** A test's own work counts too, on a machine that is busy with others and may be counting coverage. */
const LIMIT_MS = 500;

interface EventLoopWatch {
  readonly holds: LoopHold[];
  readonly guard: LoopGuard;
  /** Why nothing is watched any more. */
  readonly ends: string[];
}

declare global {
  /** One for each process: without isolation this file is set up anew for each file of tests. */
  var eventLoopWatch: EventLoopWatch | undefined;
}

export function watchEventLoop(threadFile: string): EventLoopWatch {
  const holds: LoopHold[] = [];
  const ends: string[] = [];
  const onHold = (hold: LoopHold): unknown => holds.push(hold);
  const onThreadEnd = (why: string): unknown => ends.push(why);
  return { holds, ends, guard: createLoopGuard({ limitMs: LIMIT_MS, threadFile, onHold, onThreadEnd }) };
}

const ours = (globalThis.eventLoopWatch ??= watchEventLoop(path.resolve('dist/loop-guard-thread.js')));

/**
 * Throws when the event loop was held since it was last asked, by work: a machine that stood still held it too, and that is
 * no fault of a test. It is said, as is what was held where the system does not tell how much of it was work.
 */
export async function assertLoopTurned({ holds, guard, ends }: EventLoopWatch = ours): Promise<void> {
  await guard.settled();
  if (ends.length > 0) throw new Error(`The thread that watches the event loop has ended: ${ends.join(', ')}`);
  for (const { forMs, usedMs, stack } of holds.splice(0)) {
    const by = stack.join('\n') || 'something that was not found';
    const message = `The event loop was held for ${forMs} ms, by\n${by}`;
    if (usedMs !== undefined && usedMs > LIMIT_MS) throw new Error(message);
    process.stderr.write(`${message}\nof which it worked for ${usedMs ?? 'an unknown number of'} ms.\n`);
  }
}

/** Of what was held on purpose, or before. */
export async function forgetHolds(): Promise<void> {
  await ours.guard.settled();
  ours.holds.length = 0;
}

// What was loaded before the test is no matter of it.
beforeEach(forgetHolds);

afterEach(() => assertLoopTurned());
