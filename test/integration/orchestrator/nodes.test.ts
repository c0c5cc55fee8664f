import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOfType, startTestApp, type Outcome, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { code, scripted, untilStopped } from '../../support/scripted-code.ts';

const transform = (output: unknown, more: object = {}): object => ({ kind: 'transform', output, ...more });

describe.each(['commit', 'ride'])('an execution with ICEOS_PURE_NODES=%s', (pureNodes) => {
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
  test('numbers its events without a gap, and its instants never run backwards', async () => {
    const outcome = await app.run(
      named('chain', {
        nodes: {
          a: transform(1),
          b: code({ input: '${ nodes.a.output + 1 }' }),
          c: transform('${ nodes.b.output * 10 }'),
        },
        output: '${ nodes.c.output }',
      }),
    );
    expect(outcome).toMatchObject({ end: 'executionSucceeded', output: 20 });
    expect(outcome.events.map(({ sequence }) => sequence)).toEqual(outcome.events.map((_, index) => index + 1));
    expect(outcome.events.map(({ at }) => at)).toEqual(outcome.events.map(({ at }) => at).sort((x, y) => x - y));
    expect(outcome.events.map(({ type }) => type)).toEqual([
      'executionRequested',
      'executionStarted',
      'attemptSucceeded',
      'attemptStarted',
      'attemptSucceeded',
      'attemptSucceeded',
      'executionSucceeded',
    ]);
  });

  const choice = (n: number): Promise<Outcome> =>
    app.run(
      named(`choice-${n}`, {
        nodes: {
          size: {
            kind: 'condition',
            branches: [
              { when: `\${ ${n} > 10 }`, nodes: { x: transform('large') }, output: '${ nodes.x.output }' },
              { when: `\${ ${n} > 5 }`, output: 'medium' },
            ],
            ...(n < 0 ? {} : { otherwise: { output: 'small' } }),
          },
        },
        output: '${ nodes.size.output }',
      }),
    );

  test('takes the first branch whose condition holds, else the other, else null', async () => {
    const outcomes = await Promise.all([choice(11), choice(6), choice(1), choice(-1)]);
    expect(outcomes.map(({ output }) => output)).toEqual(['large', 'medium', 'small', null]);
  });

  test('runs a loop no wider than its concurrency and keeps the order of its items', async () => {
    mostAtOnce = 0;
    const items = Array.from({ length: 23 }, (_, index) => ({ n: index }));
    const outcome = await app.run(
      named('loop', {
        nodes: {
          each: {
            kind: 'loop',
            items,
            as: 'it',
            concurrency: 4,
            nodes: {
              work: code({ input: '${ it.n }' }),
              twice: transform('${ nodes.work.output * 2 + index * 0 }'),
            },
            output: '${ nodes.twice.output }',
          },
        },
        output: '${ nodes.each.output }',
      }),
    );
    expect(outcome.output).toEqual(items.map(({ n }) => 2 * n));
    expect(mostAtOnce).toBe(4);
  });

  test('gives an empty list for a loop over nothing, and refuses one over its limit', async () => {
    const loop = (items: unknown) => ({
      nodes: { each: { kind: 'loop', items, maxIterations: 3, output: '${ item }' } },
      output: '${ nodes.each.output }',
    });
    expect((await app.run(named('empty', loop([])))).output).toEqual([]);
    const refused = await app.run(named('over', loop('${ [1, 2, 3, 4] }')));
    expect(refused.failure).toMatchObject({ reason: 'limitReached', path: 'each' });
    expect(refused.failure?.message).toContain('4 items; its limit is 3');
  });

  test('waits for all branches of a parallel node and gives their outputs by name', async () => {
    const outcome = await app.run(
      named('all', {
        nodes: {
          both: {
            kind: 'parallel',
            branches: {
              a: { nodes: { x: code({ input: 1 }) }, output: '${ nodes.x.output }' },
              b: { output: 2 },
            },
          },
        },
        output: '${ nodes.both.output }',
      }),
    );
    expect(outcome.output).toEqual({ a: 1, b: 2 });
  });

  test('takes the first branch that succeeds and cancels the losers', async () => {
    const outcome = await app.run(
      named('first', {
        nodes: {
          race: {
            kind: 'parallel',
            merge: 'first',
            branches: {
              slow: { nodes: { s: code({ input: 'hang' }) }, output: '${ nodes.s.output }' },
              bad: { nodes: { b: code({ input: 'throw' }) }, output: '${ nodes.b.output }' },
              quick: { nodes: { q: code({ input: 'won' }) }, output: '${ nodes.q.output }' },
            },
          },
        },
        output: '${ nodes.race.output }',
      }),
    );
    expect(outcome.output).toBe('won');
    expect(eventsOfType(outcome.events, 'attemptCanceled')).toMatchObject([
      { path: 'race.slow.s', cause: 'notNeeded' },
    ]);
    expect(runningNow).toBe(0);
  });

  test('is satisfied with as many branches as it asks for', async () => {
    const merge = (name: string, atLeast: number): Promise<Outcome> =>
      app.run(
        named(name, {
          nodes: {
            vote: {
              kind: 'parallel',
              merge: { atLeast },
              branches: Object.fromEntries(
                ['one', 'two', 'throw', 'hang'].map((input) => [
                  `b_${input}`,
                  { nodes: { [`n_${input}`]: code({ input }) }, output: `\${ nodes.n_${input}.output }` },
                ]),
              ),
            },
          },
          output: '${ nodes.vote.output }',
        }),
      );
    expect((await merge('two', 2)).output).toEqual({ b_one: 'one', b_two: 'two' });
  });

  test('fails as soon as a parallel node cannot have enough branches, and stops the rest', async () => {
    const outcome = await app.run(
      named('impossible', {
        nodes: {
          all: {
            kind: 'parallel',
            branches: {
              bad: { nodes: { b: code({ input: 'throw' }) } },
              slow: { nodes: { s: code({ input: 'hang' }) } },
            },
          },
        },
      }),
    );
    expect(outcome.failure).toMatchObject({ reason: 'threw', message: 'all.bad.b threw', path: 'all.bad.b' });
    expect(eventsOfType(outcome.events, 'attemptCanceled')).toMatchObject([
      { path: 'all.slow.s', cause: 'siblingFailed' },
    ]);
    expect(eventsOfType(outcome.events, 'nodeFailed')).toMatchObject([{ path: 'all' }]);
  });

  test('goes on after a failure that may be, which others can read', async () => {
    const outcome = await app.run(
      named('continue', {
        nodes: {
          bad: code({ input: 'throw', onFailure: 'continue' }),
          after: transform({ output: '${ nodes.bad.output }', why: '${ nodes.bad.failure.message }' }),
        },
        output: '${ nodes.after.output }',
      }),
    );
    expect(outcome.output).toEqual({ output: null, why: 'bad threw' });
  });

  const withFallback = (name: string, input: string): Promise<Outcome> =>
    app.run(
      named(name, {
        nodes: {
          main: code({ input, onFailure: { fallback: 'spare' } }),
          spare: code({ input: 'from the spare' }),
          after: transform('${ nodes.main.output }'),
        },
        output: '${ nodes.after.output }',
      }),
    );

  test('falls back to another node only where the first one failed', async () => {
    const good = await withFallback('good', 'fine');
    expect(good.output).toBe('fine');
    expect(eventsOfType(good.events, 'nodeSkipped')).toMatchObject([{ path: 'spare', cause: 'fallbackNotNeeded' }]);
    expect((await withFallback('bad', 'throw')).output).toBe('from the spare');
  });

  test('skips what a false condition skips, and what needs it, unless any need is enough', async () => {
    const outcome = await app.run(
      named('skips', {
        nodes: {
          no: transform(1, { when: '${ 1 > 2 }' }),
          yes: transform(2),
          needs_no: transform('${ nodes.no.output }'),
          any: transform({ no: '${ nodes.no.output }', yes: '${ nodes.yes.output }' }, { join: 'any' }),
          none: transform('${ nodes.needs_no.output }', { join: 'any' }),
        },
        output: { any: '${ nodes.any.output }', none: '${ nodes.none.output }' },
      }),
    );
    expect(outcome.output).toEqual({ any: { no: null, yes: 2 }, none: null });
    expect(eventsOfType(outcome.events, 'nodeSkipped').map(({ path, cause }) => [path, cause])).toEqual(
      expect.arrayContaining([
        ['no', 'conditionFalse'],
        ['needs_no', 'dependencySkipped'],
        ['none', 'dependencySkipped'],
      ]),
    );
  });

  test('says which expression of which node has no value', async () => {
    const input = { type: 'object', properties: { list: { type: 'array', items: { type: 'integer' } } } };
    const fault = (name: string, parts: object): Promise<Outcome> =>
      app.publish(named(name, { input, ...parts })).then(async (id) => app.finish(await app.start(id, { list: [0] })));
    const [output, inLoop, when, whole] = await Promise.all([
      fault('e1', { nodes: { t: transform('${ 1 / input.list[0] }') } }),
      fault('e2', {
        nodes: { l: { kind: 'loop', items: '${ input.list }', nodes: { t: code({ input: '${ 7 / item }' }) } } },
      }),
      fault('e3', { nodes: { t: transform(1, { when: '${ input.list[3] > 1 }' }) } }),
      fault('e4', { nodes: { t: transform(1) }, output: '${ input.list[5] }' }),
    ]);
    expect(output.failure).toMatchObject({ reason: 'expressionFailed', path: 't' });
    expect(output.failure?.message).toMatch(/^output of "t": .*\(in \$\{ 1 \/ input\.list\[0\] \}\)$/);
    expect(inLoop.failure).toMatchObject({ path: 'l[0].t' });
    expect(inLoop.failure?.message).toMatch(/^input of "l\[0\]\.t": .*7 \/ item/);
    expect(when.failure?.message).toMatch(/^when of "t": .*input\.list\[3\] > 1/);
    expect(whole.failure?.message).toMatch(/^output of the blueprint: .*input\.list\[5\]/);
  });
});
