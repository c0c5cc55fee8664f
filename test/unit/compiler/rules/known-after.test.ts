import { describe, expect, it } from 'vitest';
import { knownAfter } from '../../../../src/compiler/rules/known-after.ts';
import { findingsOf, transform } from '../../../support/rules.ts';

describe('known-after', () => {
  it('finds a node that is not beside, and one that waits for itself', () => {
    const each = { kind: 'loop', items: [1], nodes: { inner: transform(1, { after: ['first'] }) } };
    const nodes = { first: transform(1), second: transform(2, { after: ['frist', 'second', 'first'] }), each };
    expect(findingsOf(knownAfter, { nodes })).toEqual(
      [
        {
          path: '/nodes/each/nodes/inner/after/0',
          message: 'Node "inner" waits for "first", but there is no such node beside it. There is none.',
        },
        {
          path: '/nodes/second/after/0',
          message: 'Node "second" waits for "frist", but there is no such node beside it. Did you mean "first"?',
        },
        { path: '/nodes/second/after/1', message: 'Node "second" waits for itself. Take "second" out of its "after".' },
      ].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    );
  });
});
