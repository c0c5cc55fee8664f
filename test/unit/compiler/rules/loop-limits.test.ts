import { describe, expect, it } from 'vitest';
import { loopLimits } from '../../../../src/compiler/rules/loop-limits.ts';
import { findingsOf } from '../../../support/rules.ts';

const loop = (length: number, maxIterations?: number) => ({
  kind: 'loop',
  items: Array.from({ length }, () => 1),
  ...(maxIterations !== undefined && { maxIterations }),
});

describe('loop-limits', () => {
  it('finds a list that is longer than its loop may be', () => {
    expect(findingsOf(loopLimits, { nodes: { a: loop(3, 2), b: loop(10_001) } })).toEqual([
      {
        path: '/nodes/a/items',
        message: 'Loop "a" has 3 items, but "maxIterations" is 2. Raise it, or shorten the list.',
      },
      {
        path: '/nodes/b/items',
        message: 'Loop "b" has 10001 items, but "maxIterations" is 10000. Raise it, or shorten the list.',
      },
    ]);
  });

  it('has nothing against a list that fits, or is not known', () => {
    expect(
      findingsOf(loopLimits, { nodes: { a: loop(2, 2), b: { kind: 'loop', items: '${ input }', maxIterations: 1 } } }),
    ).toEqual([]);
  });
});
