import { describe, expect, it } from 'vitest';
import type { ExecutionState } from '../../../src/execution/state.ts';
import { findNode, listNodes, listTouched, visiblePath } from '../../../src/execution/visible.ts';
import { code, drive, type Drive } from '../../support/drive.ts';

const list = (state: ExecutionState): readonly string[] =>
  listNodes(state).map(({ path, status }) => `${path} ${status}`);
const touched = (run: Drive, act: (run: Drive) => void): readonly string[] => {
  const before = run.events.length;
  act(run);
  return listTouched(run.state, run.events.slice(before)).map(({ path, status }) => `${path} ${status}`);
};

const everything = () =>
  drive({
    a: code(),
    c: {
      kind: 'condition',
      after: ['a'],
      branches: [{ when: 'input.flag', nodes: { x: code() } }],
      otherwise: {
        nodes: {
          p: {
            kind: 'parallel',
            merge: 'first',
            branches: { one: { nodes: { y: code() } }, two: { nodes: { z: code() } } },
          },
        },
      },
    },
    l: { kind: 'loop', items: [1, 2], nodes: { inside: code() } },
    last: code({ after: ['c', 'l'] }),
  });

describe('the nodes that clients see', () => {
  it('are all that the plan knows outside loops, also before they open', () => {
    const listed = list(everything().state);
    expect(new Set(listed)).toEqual(
      new Set([
        'a ready',
        'c blocked',
        'c.0.x blocked',
        'c.otherwise.p blocked',
        'c.otherwise.p.one.y blocked',
        'c.otherwise.p.two.z blocked',
        'l ready',
        'last blocked',
      ]),
    );
  });

  it('say what became of branches that never opened', () => {
    const run = everything().run('a').open('c', 1).open('c.otherwise.p', 'parallel').run('c.otherwise.p.two.z');
    run.closeBody('c.otherwise.p.two').settle().succeed('c.otherwise.p').closeBody('c.otherwise').succeed('c');
    expect(list(run.state)).toEqual(
      expect.arrayContaining(['c.0.x skipped', 'c.otherwise.p.one.y canceled', 'c.otherwise.p.two.z succeeded']),
    );
    expect(list(everything().skip('a').settle().state)).toEqual(
      expect.arrayContaining(['c skipped', 'c.0.x skipped', 'c.otherwise.p.one.y skipped']),
    );
    expect(list(everything().cancel().state)).toEqual(
      expect.arrayContaining(['c canceled', 'c.otherwise.p.one.y canceled']),
    );
  });

  it('are found by their path, open or not', () => {
    const { state } = everything();
    expect(findNode(state, 'a')?.path).toBe('a');
    expect(findNode(state, 'c.otherwise.p.two.z')).toMatchObject({ status: 'blocked', attempt: 0 });
    expect(findNode(state, 'nobody')).toBeUndefined();
  });

  it('are no iterations', () => {
    const run = everything().open('l', [1, 2]);
    expect(findNode(run.state, 'l[0].inside')).toBeUndefined();
    expect(list(run.state).filter((one) => one.startsWith('l '))).toEqual(['l running']);
  });
});

describe('the listed node of an event', () => {
  it('is the outermost loop around it, the composite of its branch, or itself', () => {
    expect(
      ['audit[17].classify', 'audit[17]', 'both.a', 'both.a.x', 'both.a.l[3].y.z', 'cond.otherwise', 'greet'].map(
        visiblePath,
      ),
    ).toEqual(['audit', 'audit', 'both', 'both.a.x', 'both.a.l', 'cond', 'greet']);
  });
});

describe('what events touch', () => {
  it('is their node and what became ready through it', () => {
    expect(touched(everything(), (run) => run.run('a'))).toEqual(['a succeeded', 'c ready']);
  });

  it('is a composite with its branches when it opens or ends', () => {
    const run = everything().run('a');
    expect(touched(run, () => run.open('c', 0))).toEqual(
      expect.arrayContaining(['c running', 'c.0.x ready', 'c.otherwise.p skipped', 'last blocked']),
    );
  });

  it('is the loop for what happens in its iterations', () => {
    const run = everything().open('l', [1, 2]);
    expect(touched(run, () => run.run('l[0].inside').closeBody('l[0]'))).toEqual(['l running', 'last blocked']);
  });

  it('is everything when the execution starts, is canceled, fails or ends', () => {
    const run = everything();
    const all = listNodes(run.state).length;
    expect(touched(run, () => run.begin('a').fail('a'))).toHaveLength(all);
    expect(touched(everything(), (other) => other.cancel())).toHaveLength(all);
    run.record({ type: 'executionFailed', failure: { reason: 'threw', message: '', retryable: false } });
    expect(listTouched(run.state, run.events.slice(-1))).toHaveLength(all);
    expect(listTouched(run.state, [{ type: 'unknown', sequence: 9, at: 1 }])).toEqual([]);
  });

  it('is the surrounding composite with its branches when a branch is given up', () => {
    const branches = { a: { nodes: { x: code(), y: code() } }, b: { nodes: { z: code() } } };
    const run = drive({ p: { kind: 'parallel', merge: 'first', branches } }).open('p', 'parallel');
    expect(touched(run, () => run.begin('p.a.x').fail('p.a.x'))).toEqual([
      'p running',
      'p.a.x failed',
      'p.a.y canceled',
      'p.b.z ready',
    ]);
  });

  it('is a fallback with its main node, and what waits for them', () => {
    const run = drive({
      main: code({ onFailure: { fallback: 'spare' } }),
      spare: code(),
      next: code({ after: ['main'] }),
    });
    expect(touched(run, () => run.begin('main').fail('main'))).toEqual(
      expect.arrayContaining(['main failed', 'spare ready', 'next blocked']),
    );
    expect(touched(run, () => run.run('spare'))).toEqual(
      expect.arrayContaining(['spare succeeded', 'main failed', 'next ready']),
    );
  });
});
