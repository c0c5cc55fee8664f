import { describe, expect, it } from 'vitest';
import { booleanConditions } from '../../../../src/compiler/rules/boolean-conditions.ts';
import { code, findingsOf, transform } from '../../../support/rules.ts';

describe('boolean-conditions', () => {
  it('finds a condition of another type, on a node and on a branch', () => {
    const nodes = {
      a: transform(1, { when: '1 + 1' }),
      choice: { kind: 'condition', branches: [{ when: '"text"' }, { when: 'true' }] },
    };
    expect(findingsOf(booleanConditions, { nodes })).toEqual([
      {
        path: '/nodes/a/when',
        message: 'Node "a" has a condition that is a number, and must be true or false. Compare it with something.',
      },
      {
        path: '/nodes/choice/branches/0/when',
        message:
          'Node "choice" has a condition that is a string, and must be true or false. Compare it with something.',
      },
    ]);
  });

  it('has nothing against a comparison, nor against what is not known', () => {
    const nodes = {
      run: code(),
      a: transform(1, { when: '${ nodes.run.output.ok }' }),
      b: transform(1, { when: '1 < 2' }),
    };
    expect(findingsOf(booleanConditions, { nodes })).toEqual([]);
  });
});
