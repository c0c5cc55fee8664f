import { describe, expect, it } from 'vitest';
import { uniqueNames } from '../../../../src/compiler/rules/unique-names.ts';
import { findingsOf, transform } from '../../../support/rules.ts';

describe('unique-names', () => {
  it('finds a name that another node has, wherever it is', () => {
    const both = {
      kind: 'parallel',
      branches: { a: { nodes: { x: transform(1) } }, b: { nodes: { x: transform(2), y: transform(3) } } },
    };
    expect(findingsOf(uniqueNames, { nodes: { both, y: transform(1) } })).toEqual([
      {
        path: '/nodes/both/branches/b/nodes/x',
        message: 'There is a node "x" at /nodes/both/branches/a/nodes/x already. Give one of them another name.',
      },
      {
        path: '/nodes/y',
        message: 'There is a node "y" at /nodes/both/branches/b/nodes/y already. Give one of them another name.',
      },
    ]);
  });
});
