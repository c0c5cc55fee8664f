import { describe, expect, it } from 'vitest';
import { parallelBranches } from '../../../../src/compiler/rules/parallel-branches.ts';
import { findingsOf } from '../../../support/rules.ts';

const parallel = (names: readonly string[], merge?: unknown) => ({
  kind: 'parallel',
  branches: Object.fromEntries(names.map((name) => [name, { output: 1 }])),
  ...(merge !== undefined && { merge }),
});

describe('parallel-branches', () => {
  it('finds a node without branches, and one that needs more than it has', () => {
    expect(findingsOf(parallelBranches, { nodes: { a: parallel([]), b: parallel(['x'], { atLeast: 2 }) } })).toEqual([
      { path: '/nodes/a/branches', message: 'Parallel node "a" has no branch. Give it at least one.' },
      {
        path: '/nodes/b/merge/atLeast',
        message: 'Parallel node "b" needs 2 branches to succeed, but has 1. Lower "atLeast" or add branches.',
      },
    ]);
  });

  it('has nothing against as many as there are', () => {
    expect(
      findingsOf(parallelBranches, { nodes: { a: parallel(['x', 'y'], { atLeast: 2 }), b: parallel(['x'], 'first') } }),
    ).toEqual([]);
  });
});
