import { describe, expect, it } from 'vitest';
import { MAX_OPEN_BODIES, MAX_RUNNING } from '../../../src/execution/limits.ts';
import { cellsOf } from '../../../src/execution/cells.ts';
import { someReceipt } from '../../support/sandbox.ts';
import { code, drive, type Drive } from '../../support/drive.ts';

const items = (count: number): readonly number[] => Array.from({ length: count }, (_one, at) => at);
const loop = (concurrency: number, more: object = {}) =>
  drive({
    l: {
      kind: 'loop',
      items: '${ input.list }',
      concurrency,
      nodes: { x: code() },
      output: '${ nodes.x.output }',
      ...more,
    },
  });
const outputsOf = (run: Drive): unknown => run.state.root.nodes[0]?.outputs;

describe('a loop', () => {
  it('opens as many iterations as may run at once, in order, and the next when one has ended', () => {
    const run = loop(2).open('l', items(4));
    expect(run.commands()).toEqual(['begin l[0].x', 'begin l[1].x']);
    run.run('l[1].x');
    expect(run.commands()).toEqual(['close body l[1]', 'begin l[0].x']);
    run.closeBody('l[1]');
    expect(run.commands()).toEqual(['begin l[0].x', 'begin l[2].x']);
  });

  it('keeps the outputs in the order of the items, however they end', () => {
    const run = loop(3).open('l', items(3));
    for (const place of [2, 0, 1]) run.run(`l[${place}].x`).closeBody(`l[${place}]`, place);
    expect(outputsOf(run)).toEqual([{ value: 0 }, { value: 1 }, { value: 2 }]);
    expect(run.commands()).toEqual(['close l']);
    run.succeed('l', [0, 1, 2]);
    expect(run.commands()).toEqual(['succeed']);
    expect(outputsOf(run)).toBeUndefined();
  });

  it('over nothing ends at once', () => {
    expect(loop(2).open('l', []).commands()).toEqual(['close l']);
  });

  it('counts its iterations, for itself and for the execution', () => {
    const run = loop(1).open('l', items(3)).run('l[0].x').closeBody('l[0]');
    expect(run.state.root.nodes[0]?.progress).toEqual({ done: 1, total: 3 });
    expect(run.state.progress).toEqual({ done: 1, total: 4 });
  });

  it('forgets iterations that have ended', () => {
    const run = loop(1).open('l', items(50));
    for (const place of items(49)) run.run(`l[${place}].x`).closeBody(`l[${place}]`);
    expect([...cellsOf(run.state).nodes.keys()]).toEqual(['l', 'l[49].x']);
    expect([...cellsOf(run.state).bodies.keys()]).toEqual(['', 'l[49]']);
  });

  it('fails with its first iteration that fails: the others are stopped, and no more are opened', () => {
    const run = loop(2).open('l', items(9)).begin('l[0].x', 'l[1].x').fail('l[0].x');
    expect(run.commands()).toEqual(['stop l[1].x (siblingFailed)']);
    run.canceled('l[1].x', 'siblingFailed');
    expect(run.commands()).toEqual(['record nodeFailed l']);
    expect(run.settle().commands()).toEqual(['fail (threw at l[0].x)']);
    expect(run.status('l')).toBe('failed');
  });

  it('that fails and is let go on leaves progress that can still be full', () => {
    const run = loop(2, { onFailure: 'continue' }).open('l', items(9)).begin('l[0].x').fail('l[0].x').settle();
    expect(run.commands()).toEqual(['succeed']);
    expect(run.state.progress).toEqual({ done: 1, total: 1 });
  });

  it('fails when the output of an iteration cannot be evaluated', () => {
    const run = loop(1).open('l', items(2)).run('l[0].x').failNode('l[0]', { reason: 'expressionFailed' }).settle();
    expect(run.commands()).toEqual(['fail (expressionFailed at l[0])']);
  });

  it('fails when its own output cannot be made', () => {
    const run = loop(1).open('l', []).failNode('l', { reason: 'limitReached' });
    expect(run.commands()).toEqual(['fail (limitReached at l)']);
  });

  it('whose iterations have no nodes only closes them', () => {
    const run = loop(2, { nodes: {}, output: 1 }).open('l', items(3));
    expect(run.commands()).toEqual(['close body l[0]', 'close body l[1]']);
  });

  it('sums up what its iterations used', () => {
    const run = loop(1).open('l', items(2)).begin('l[0].x');
    run
      .succeed('l[0].x', null, { receipt: someReceipt({ cpuMs: 5, wallMs: 7, peakMemoryBytes: 100 }) })
      .closeBody('l[0]')
      .begin('l[1].x');
    run.succeed('l[1].x', null, { usage: { cpuMs: 1, wallMs: 1, peakMemoryBytes: 50 } });
    const sum = { cpuMs: 6, wallMs: 8, peakMemoryBytes: 100 };
    expect(run.state.root.nodes[0]?.usage).toMatchObject(sum);
    expect(run.state.usage).toMatchObject(sum);
  });
});

describe('many at once', () => {
  it('an execution runs no more than its maximum, and goes on as room becomes free', () => {
    const wide = Object.fromEntries(items(MAX_RUNNING + 2).map((at) => [`n${at}`, code()]));
    const run = drive(wide);
    expect(run.commands()).toHaveLength(MAX_RUNNING);
    run.begin(...items(MAX_RUNNING).map((at) => `n${at}`));
    expect(run.commands()).toEqual([]);
    expect(run.succeed('n0').commands()).toEqual([`begin n${MAX_RUNNING}`]);
  });

  it('nested loops share the iterations that may be open, and each has at least one', () => {
    const inner = { l: { kind: 'loop', items: '${ input.list }', concurrency: 1_000, nodes: { x: code() } } } as const;
    const run = drive({ outer: { kind: 'loop', items: '${ input.list }', concurrency: 3, nodes: inner } });
    run.open('outer', items(3));
    run.open('outer[0].l', items(MAX_OPEN_BODIES)).open('outer[1].l', items(5)).open('outer[2].l', []);
    const { bodies } = cellsOf(run.state);
    expect(bodies.has('outer[1].l[0]')).toBe(true);
    expect(bodies.has('outer[1].l[1]')).toBe(false);
    run.succeed('outer[2].l', []).closeBody('outer[2]');
    for (const place of items(3)) run.run(`outer[0].l[${place}].x`).closeBody(`outer[0].l[${place}]`);
    expect(bodies.has('outer[0].l[999]')).toBe(true);
    for (const place of items(3)) run.run(`outer[0].l[${place + 3}].x`).closeBody(`outer[0].l[${place + 3}]`);
    expect(bodies.has('outer[1].l[1]')).toBe(true);
  });

  it('skips no more at once than leave room for the end', () => {
    const after = Object.fromEntries(items(1_500).map((at) => [`n${at}`, code({ after: ['a'] })]));
    const run = drive({ a: code(), ...after }).skip('a');
    expect(run.commands()).toHaveLength(1_000);
    expect(run.settle().commands()).toEqual(['succeed']);
  });

  it('closes and fails no more at once either', () => {
    const run = loop(1_000, { nodes: {} }).open('l', items(3_000));
    expect(run.commands()).toHaveLength(1_000);
    const loops = Object.fromEntries(
      items(1_200).map((at) => [`l${at}`, { kind: 'loop', items: [], nodes: {} } as const]),
    );
    const closing = drive(loops);
    for (const at of items(1_200)) closing.open(`l${at}`, []);
    expect(closing.commands().filter((one) => one.startsWith('close'))).toHaveLength(1_000);
    const failing = drive(
      Object.fromEntries(items(1_001).map((at) => [`n${at}`, code({ onAbandon: 'fail', onFailure: 'continue' })])),
    );
    for (const at of items(1_001)) failing.begin(`n${at}`).abandon(`n${at}`, 'shutdown');
    expect(failing.commands().filter((one) => one.startsWith('record'))).toHaveLength(1_000);
  });
});

describe('a condition', () => {
  const chosen = () =>
    drive({
      c: {
        kind: 'condition',
        branches: [{ when: 'input.flag', nodes: { x: code() }, output: '${ nodes.x.output }' }],
        otherwise: { nodes: { y: code() }, output: 2 },
      },
      after: code({ after: ['c'] }),
    });

  it('runs the branch that was chosen, and no other', () => {
    const run = chosen().open('c', 1);
    expect(run.commands()).toEqual(['begin c.otherwise.y']);
    expect(run.run('c.otherwise.y').commands()).toEqual(['close body c.otherwise']);
    run.closeBody('c.otherwise', 2);
    expect(run.commands()).toEqual(['close c']);
    expect(outputsOf(run)).toEqual([undefined, { value: 2 }]);
    run.succeed('c', 2);
    expect(run.commands()).toEqual(['begin after']);
    expect([run.status('c.0.x'), run.status('c.otherwise.y')]).toEqual(['skipped', 'succeeded']);
  });

  it('without a branch that holds ends at once', () => {
    const run = chosen().open('c', null);
    expect(run.commands()).toEqual(['close c']);
    expect(run.status('c.0.x')).toBe('skipped');
  });

  it('fails with its branch', () => {
    expect(chosen().open('c', 0).begin('c.0.x').fail('c.0.x').settle().commands()).toEqual(['fail (threw at c.0.x)']);
  });
});

describe('a parallel node', () => {
  const branches = { a: { nodes: { x: code() } }, b: { nodes: { x: code() } }, c: { nodes: { x: code() } } };
  const parallel = (more: object = {}) => drive({ p: { kind: 'parallel', branches, ...more } }).open('p', 'parallel');

  it('runs its branches side by side and ends when all have', () => {
    const run = parallel();
    expect(run.commands()).toEqual(['begin p.a.x', 'begin p.b.x', 'begin p.c.x']);
    for (const name of ['b', 'c', 'a']) run.run(`p.${name}.x`).closeBody(`p.${name}`);
    expect(run.commands()).toEqual(['close p']);
  });

  it('runs no more branches at once than it may', () => {
    const run = parallel({ maxConcurrency: 1 });
    expect(run.commands()).toEqual(['begin p.a.x']);
    expect(run.run('p.a.x').closeBody('p.a').commands()).toEqual(['begin p.b.x']);
  });

  it('with merge all fails with the first branch that fails', () => {
    const run = parallel().begin('p.a.x', 'p.b.x').fail('p.a.x');
    expect(run.commands()).toEqual(['stop p.b.x (siblingFailed)']);
  });

  it('with merge first takes the first that succeeds and cancels the others', () => {
    const run = parallel({ merge: 'first' }).begin('p.a.x', 'p.b.x').succeed('p.b.x').closeBody('p.b', 'won');
    expect(run.commands()).toEqual(['stop p.a.x (notNeeded)']);
    run.canceled('p.a.x', 'notNeeded');
    expect(run.commands()).toEqual(['close p']);
    expect(outputsOf(run)).toEqual([undefined, { value: 'won' }, undefined]);
    run.succeed('p', 'won');
    expect(run.commands()).toEqual(['succeed']);
    expect(run.state.progress).toEqual({ done: 2, total: 2 });
    expect(['p.a.x', 'p.b.x', 'p.c.x'].map((path) => run.status(path))).toEqual(['canceled', 'succeeded', 'canceled']);
  });

  it('with merge first goes on while one may still succeed', () => {
    const run = parallel({ merge: 'first', maxConcurrency: 1 }).begin('p.a.x').fail('p.a.x');
    expect(run.commands()).toEqual(['begin p.b.x']);
    run.begin('p.b.x').fail('p.b.x').begin('p.c.x').fail('p.c.x', { reason: 'timedOut' });
    expect(run.settle().commands()).toEqual(['fail (timedOut at p.c.x)']);
  });

  it('with atLeast fails as soon as too few are left', () => {
    const run = parallel({ merge: { atLeast: 2 } })
      .begin('p.a.x', 'p.b.x', 'p.c.x')
      .fail('p.a.x');
    expect(run.commands()).toEqual([]);
    run.fail('p.b.x');
    expect(run.commands()).toEqual(['stop p.c.x (siblingFailed)']);
    run.canceled('p.c.x', 'siblingFailed');
    expect(run.settle().commands()).toEqual(['fail (threw at p.b.x)']);
  });

  it('with atLeast ends with that many', () => {
    const run = parallel({ merge: { atLeast: 2 } });
    for (const name of ['c', 'a']) run.run(`p.${name}.x`).closeBody(`p.${name}`);
    expect(run.commands()).toEqual(['close p']);
    expect(outputsOf(run)).toEqual([{ value: 'p.a' }, undefined, { value: 'p.c' }]);
  });

  it('cancels what lies in a branch that is not needed, composites too', () => {
    const nested = {
      l: { kind: 'loop', items: [1, 2], concurrency: 2, nodes: { x: code({ retry: { attempts: 2 } }) } },
    } as const;
    const run = drive({
      p: { kind: 'parallel', merge: 'first', branches: { a: { nodes: nested }, b: { nodes: { x: code() } } } },
    });
    run.open('p', 'parallel').open('p.a.l', [1, 2]).begin('p.a.l[0].x').fail('p.a.l[0].x').begin('p.a.l[1].x');
    run.run('p.b.x').closeBody('p.b');
    expect(run.commands()).toEqual(['stop p.a.l[1].x (notNeeded)']);
    run.abandon('p.a.l[1].x');
    expect(run.commands()).toEqual(['record attemptCanceled p.a.l']);
    expect(run.settle().commands()).toEqual(['close p']);
  });
});
