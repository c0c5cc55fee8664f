import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOfType, startTestApp, type Outcome, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { code, scripted, untilStopped } from '../../support/scripted-code.ts';

const transform = (output: unknown, more: object = {}): object => ({ kind: 'transform', output, ...more });

describe.each(['commit', 'ride'])('a cancel with ICEOS_PURE_NODES=%s', (pureNodes) => {
  let database: ServerTestDatabase;
  let app: TestApp;
  let runningNow = 0;
  let mostAtOnce = 0;

  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startTestApp({
      databaseUrl: database.url,
      environment: { ICEOS_PURE_NODES: pureNodes },
      executors: scripted(async ({ input, path }, signal) => {
        runningNow += 1;
        mostAtOnce = Math.max(mostAtOnce, runningNow);
        try {
          if (input === 'throw') throw new Error(`${path} threw`);
          if (input === 'hang') return await untilStopped(signal);
          // All that were launched together are under way by then.
          await setImmediate();
          return input;
        } finally {
          runningNow -= 1;
        }
      }),
    });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  const named = (name: string, parts: object): object => ({ name: `${name}-${pureNodes}`, ...parts });
  const pathsOf = ({ events }: Outcome, type: 'attemptSucceeded' | 'nodeSkipped' | 'attemptCanceled' | 'nodeFailed') =>
    eventsOfType(events, type).map(({ path }) => path);

  test('cancels what runs and begins nothing more', async () => {
    const id = await app.start(
      await app.publish(
        named('cancel', {
          nodes: { a: code({ input: 'hang' }), b: transform(1, { after: ['a'] }), c: code({ input: 'hang' }) },
        }),
      ),
    );
    await app.follow(id, ({ type }) => type === 'attemptStarted');
    await app.cancel(id);
    const outcome = await app.finish(id);
    expect(outcome.end).toBe('executionCanceled');
    expect(pathsOf(outcome, 'attemptCanceled').toSorted()).toEqual(['a', 'c']);
    expect(outcome.events.at(-1)).toMatchObject({
      stopped: expect.arrayContaining([
        { path: 'a', attempt: 1 },
        { path: 'c', attempt: 1 },
      ]),
    });
  });

  test('takes a cancel that arrives while an append is on its way', async () => {
    const link = (n: number): object => {
      const value = n === 0 ? 0 : `\${ nodes.n${n - 1}.output + 1 }`;
      return n % 3 === 1 ? code({ input: value }) : transform(value);
    };
    const nodes = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`n${n}`, link(n)]));
    const chain = named('racing', { nodes });
    const blueprint = await app.publish(chain);
    const ids = await Promise.all(Array.from({ length: 12 }, () => app.start(blueprint)));
    await Promise.all(ids.map((id) => app.cancel(id).catch(() => undefined)));
    const outcomes = await Promise.all(ids.map((id) => app.finish(id)));
    for (const { events, end } of outcomes) {
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      expect(end === 'executionCanceled').toBe(events.some(({ type }) => type === 'cancelRequested'));
    }
    expect(outcomes.some(({ end }) => end === 'executionCanceled')).toBe(true);
    expect(app.log).toEqual([]);
  });
});
