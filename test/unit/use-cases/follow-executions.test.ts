import { describe, expect, it } from 'vitest';
import { BlueprintId, DEFAULT_TENANT, ExecutionId } from '../../../src/core/ids.ts';
import type { ExecutionRecord } from '../../../src/execution/records.ts';
import { createLocalLive } from '../../../src/live/live-bus.ts';
import { createFollowExecutions } from '../../../src/use-cases/follow-executions.ts';
import type { Viewer } from '../../../src/use-cases/viewer.ts';
import { NO_USAGE } from '../../../src/usage/usage.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const viewer: Viewer = { tenant: DEFAULT_TENANT, subject: 'Ada', scopes: new Set(['executions:read']) };
const idOf = (n: number): ExecutionId => ExecutionId.parse(`01890000-0000-7000-8000-${String(n).padStart(12, '0')}`);
const POLL_MS = 1_000;

const running = (n: number): ExecutionRecord => ({
  id: idOf(n),
  tenant: DEFAULT_TENANT,
  blueprintId: BlueprintId.parse('01890000-0000-7000-8000-00000000000b'),
  blueprintVersion: 1,
  status: 'running',
  lastSequence: 1,
  progress: { done: 0, total: 1 },
  usage: NO_USAGE,
  requestedAt: n,
  finishedAt: undefined,
});

/** A follower of what runs, over rows that the test changes. */
function scene(count: number) {
  const rows = new Map(Array.from({ length: count }, (_, n) => [idOf(n), running(n)]));
  const bus = createLocalLive();
  const clock = createManualClock();
  const left: ExecutionId[] = [];
  const follow = createFollowExecutions({
    bus,
    clock,
    gatherMs: 10,
    pollIntervalMs: POLL_MS,
    executions: {
      getMany: async (_tenant, ids) => ids.map((id) => rows.get(id)),
      async list() {
        const matching = [...rows.values()].filter(({ status }) => status === 'running').reverse();
        return { items: matching.slice(0, 100), hasNextPage: false, hasPreviousPage: false };
      },
    },
  });
  const stream = follow(viewer, { statuses: ['running'] });
  const read = (async () => {
    for await (const change of stream) left.push(...change.left);
  })();
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(10);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    left,
    pass,
    look: () => bus.look(),
    end: (n: number) => rows.set(idOf(n), { ...running(n), status: 'succeeded', lastSequence: 9 }),
    hint: (n: number) => bus.publish([{ executionId: idOf(n), tenant: DEFAULT_TENANT, lastSequence: 9 }]),
    async close() {
      await stream.return();
      await read;
    },
  };
}

describe('Following executions', () => {
  it('tells of one that was hinted together with a look', async () => {
    const { left, pass, end, hint, look, close } = scene(270);
    await pass(100);
    for (let n = 0; n < 270; n += 1) hint(n);
    await pass(200);
    end(3);
    hint(3);
    look();
    await pass(100);
    expect(left).toEqual([idOf(3)]);
    await close();
  });

  it('finds out by looking alone about every one that it told of, when hints are lost', async () => {
    const { left, pass, end, hint, close } = scene(270);
    await pass(100);
    for (let n = 0; n < 270; n += 1) hint(n);
    await pass(200);
    for (const n of [0, 135, 269]) end(n);
    await pass(6 * POLL_MS);
    expect([...left].sort()).toEqual([idOf(0), idOf(135), idOf(269)]);
    await close();
  });
});
