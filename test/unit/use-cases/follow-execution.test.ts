import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { encodeCursor } from '../../../src/live/cursor.ts';
import { createFollowExecution } from '../../../src/use-cases/follow-execution.ts';
import type { Viewer } from '../../../src/use-cases/viewer.ts';
import { code, drive } from '../../support/drive.ts';
import { createLiveBench, EXECUTION_ID, MAX_LAG_MS } from '../../support/live.ts';

const viewer: Viewer = { tenant: DEFAULT_TENANT, subject: 'test', scopes: new Set(['executions:read']) };

function fixture() {
  const { state, events } = drive({ a: code() }).run('a');
  const bench = createLiveBench(state.plan, events);
  const follow = createFollowExecution({
    views: bench.views,
    clock: bench.clock,
    maxLagMs: MAX_LAG_MS,
    events: {
      getEvents: async (_tenant, keys) =>
        keys.map(({ sequence }) => (sequence <= bench.committed ? events[sequence - 1] : undefined)),
    },
  });
  const from = (sequence: number) =>
    follow(viewer, { executionId: EXECUTION_ID, after: encodeCursor(EXECUTION_ID, sequence) });
  return { bench, from };
}

describe('A cursor that another process gave', () => {
  it('is good here too, before this process has heard of its event', async () => {
    const { bench, from } = fixture();
    bench.commit(2, 'lost');
    await from(0);
    bench.commit(1, 'lost');
    const followed = await from(3);
    if (!followed.ok) throw new Error(followed.error.message);
    const first = await followed.value.messages.next();
    expect(first.value).toMatchObject({ type: 'snapshot', sequence: 3 });
  });

  it('is refused when the journal has no such event, and the view is let go', async () => {
    const { bench, from } = fixture();
    bench.commit(2, 'lost');
    const followed = await from(3);
    expect(followed.ok ? undefined : followed.error.issues[0]?.rule).toBe('cursor');
    expect(bench.views.size).toBe(0);
  });
});
