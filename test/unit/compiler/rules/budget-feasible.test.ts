import { describe, expect, it } from 'vitest';
import { budgetFeasible } from '../../../../src/compiler/rules/budget-feasible.ts';
import { code, findingsOf, transform } from '../../../support/rules.ts';

const takes = (timeoutMs: number, more: object = {}) => code({}, { limits: { timeoutMs }, ...more });

describe('budget-feasible', () => {
  it('finds a chain whose timeouts are more than the budget has', () => {
    const nodes = {
      a: takes(600),
      b: takes(300, { after: ['a'] }),
      plain: transform('${ nodes.b.output }'),
      c: takes(200, { after: ['plain'] }),
      aside: takes(900),
    };
    expect(findingsOf(budgetFeasible, { budget: { maxWallMs: 1_000 }, nodes })).toEqual([
      {
        path: '/budget/maxWallMs',
        message:
          'The budget ends an execution after 1000 ms, but a -> b -> c may take 1100 ms by "limits.timeoutMs". Raise "maxWallMs", or lower the timeouts.',
      },
    ]);
  });

  it('counts the longest of what is inside', () => {
    const both = { kind: 'parallel', branches: { a: { nodes: { x: takes(10) } }, b: { nodes: { y: takes(20) } } } };
    const [found] = findingsOf(budgetFeasible, { budget: { maxWallMs: 15 }, nodes: { both } });
    expect(found?.message).toContain('both may take 20 ms');
  });

  it('does not count timeouts that nobody wrote, and says nothing without a budget', () => {
    expect(findingsOf(budgetFeasible, { budget: { maxWallMs: 1_000 }, nodes: { a: code(), b: takes(1_000) } })).toEqual(
      [],
    );
    expect(findingsOf(budgetFeasible, { budget: { maxWallMs: 1 }, nodes: {} })).toEqual([]);
    expect(findingsOf(budgetFeasible, { nodes: { a: takes(10) } })).toEqual([]);
  });
});
