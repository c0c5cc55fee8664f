import { describe, expect, it } from 'vitest';
import { nonEmptyBodies } from '../../../../src/compiler/rules/non-empty-bodies.ts';
import { findingsOf, transform } from '../../../support/rules.ts';

describe('non-empty-bodies', () => {
  it('says when there is nothing to run', () => {
    expect(findingsOf(nonEmptyBodies, { nodes: {}, output: 1 })).toEqual([
      { path: '/nodes', message: 'The blueprint has no nodes: nothing runs. Add the first step.' },
    ]);
  });

  it('finds bodies that neither do nor answer anything', () => {
    const nodes = {
      each: { kind: 'loop', items: [1] },
      choice: { kind: 'condition', branches: [{ when: 'true' }], otherwise: {} },
    };
    expect(findingsOf(nonEmptyBodies, { nodes })).toEqual([
      {
        path: '/nodes/choice/branches/0',
        message: 'Branch "0" of "choice" has neither nodes nor output: its output is null. Add what it is for.',
      },
      {
        path: '/nodes/choice/otherwise',
        message: 'Branch "otherwise" of "choice" has neither nodes nor output: its output is null. Add what it is for.',
      },
      {
        path: '/nodes/each',
        message: 'The body of "each" has neither nodes nor output: its output is null. Add what it is for.',
      },
    ]);
  });

  it('has nothing against a body with either', () => {
    const nodes = {
      a: { kind: 'loop', items: [1], nodes: { b: transform(1) } },
      c: { kind: 'loop', items: [1], output: 2 },
    };
    expect(findingsOf(nonEmptyBodies, { nodes })).toEqual([]);
  });
});
