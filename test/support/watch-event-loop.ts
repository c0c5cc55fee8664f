import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createLoopGuard, type LoopGuard } from '../../src/telemetry/loop-guard.ts';
import type { LoopHold } from '../../src/telemetry/loop-guard-messages.ts';

/** A test's own work counts too, on a machine that is busy with others and may be counting coverage. */
const LIMIT_MS = 500;

declare global {
  /** One for each process: without isolation this file is set up anew for each file of tests. */
  var eventLoopWatch: { readonly holds: LoopHold[]; readonly guard: LoopGuard } | undefined;
}

function watch(): NonNullable<typeof globalThis.eventLoopWatch> {
  const holds: LoopHold[] = [];
  const threadFile = path.resolve('dist/loop-guard-thread.js');
  return { holds, guard: createLoopGuard({ limitMs: LIMIT_MS, threadFile, onHold: (hold) => holds.push(hold) }) };
}

const { holds, guard } = (globalThis.eventLoopWatch ??= watch());

/** Throws when the event loop was held since it was last asked. */
export async function assertLoopTurned(): Promise<void> {
  await guard.settled();
  const [hold] = holds.splice(0);
  if (hold === undefined) return;
  const by = hold.stack.join('\n') || 'something that was not found';
  throw new Error(`The event loop was held for ${hold.forMs} ms, by\n${by}`);
}

/** Of what was held on purpose, or before. */
export async function forgetHolds(): Promise<void> {
  await guard.settled();
  holds.length = 0;
}

// What was loaded before the test is no matter of it.
beforeEach(forgetHolds);

afterEach(assertLoopTurned);
