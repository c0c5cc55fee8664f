import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOfType, startTestApp, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { code, scripted, untilStopped } from '../../support/scripted-code.ts';
import { leaseOf, untilParked } from '../../support/leases.ts';

const FAR_MS = 60_000;
/** Just longer than what an execution is kept in memory for. */
const PARKED_MS = 5_300;

describe('time', () => {
  let database: ServerTestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startTestApp({
      databaseUrl: database.url,
      executors: scripted(({ input, attempt }, signal) => {
        if (input === 'hang') return untilStopped(signal);
        if (attempt === 1) throw new Error('not at once');
        return attempt;
      }),
    });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  const later = (name: string, delayMs: number): object => ({
    name,
    nodes: { later: code({ retry: { attempts: 2, delayMs, jitter: 0 } }) },
    output: '${ nodes.later.output }',
  });

  test.concurrent('an execution that is not done by its deadline is stopped and fails', async () => {
    const document = { name: 'late', budget: { maxWallMs: 400 }, nodes: { slow: code({ input: 'hang' }) } };
    const outcome = await app.run(document);
    expect(outcome.failure?.reason).toBe('deadlinePassed');
    expect(eventsOfType(outcome.events, 'attemptCanceled')).toMatchObject([{ path: 'slow', cause: 'deadlinePassed' }]);
    const [started] = eventsOfType(outcome.events, 'executionStarted');
    expect(started?.deadlineAt).toBe((started?.at ?? 0) + 400);
    expect(outcome.events.at(-1)?.at).toBeGreaterThanOrEqual(started?.deadlineAt ?? Infinity);
  });

  test.concurrent('a start may lower the bound of its blueprint, not raise it', async () => {
    const document = { name: 'lowered', budget: { maxWallMs: 300 }, nodes: { slow: code({ input: 'hang' }) } };
    const blueprint = await app.publish(document);
    const wall = async (maxWallMs: number): Promise<number> => {
      const id = await app.start(blueprint, {}, { budget: { maxWallMs } });
      const [started] = eventsOfType((await app.finish(id)).events, 'executionStarted');
      return (started?.deadlineAt ?? 0) - (started?.at ?? 0);
    };
    expect(await Promise.all([wall(200), wall(90_000)])).toEqual([200, 300]);
  });

  test.concurrent('a retry that is far away gives the lease up, and a cancel wakes the execution', async () => {
    const id = await app.start(await app.publish(later('parked', FAR_MS)));
    await untilParked(database, id);
    const { dueAt } = await leaseOf(database, id);
    const failed = await app.follow(id, ({ type }) => type === 'attemptFailed');
    expect(dueAt).toBe('retryAt' in failed ? failed.retryAt : undefined);
    await app.cancel(id);
    const outcome = await app.finish(id);
    expect(outcome.events.slice(-2)).toMatchObject([
      { type: 'cancelRequested' },
      { type: 'executionCanceled', stopped: [] },
    ]);
    expect(await leaseOf(database, id)).toMatchObject({ owner: null });
  });

  test.concurrent('a parked execution goes on by itself when its time has come', async () => {
    const id = await app.start(await app.publish(later('woken', PARKED_MS)));
    await untilParked(database, id);
    const outcome = await app.finish(id);
    expect(outcome).toMatchObject({ end: 'executionSucceeded', output: 2 });
    const [failed] = eventsOfType(outcome.events, 'attemptFailed');
    const second = eventsOfType(outcome.events, 'attemptStarted').at(-1);
    expect(second?.at).toBeGreaterThanOrEqual(failed?.retryAt ?? Infinity);
    expect(eventsOfType(outcome.events, 'attemptAbandoned')).toEqual([]);
  });
});
