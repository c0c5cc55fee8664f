import { describe, expect, it } from 'vitest';
import { soundBudget } from '../../../../src/compiler/rules/sound-budget.ts';
import { findingsOf } from '../../../support/rules.ts';

describe('sound-budget', () => {
  it('finds a soft limit that is above the hard one', () => {
    const budget = { maxCostUsdMicros: 500, softCostUsdMicros: 501 };
    expect(findingsOf(soundBudget, { budget, nodes: {} })).toEqual([
      {
        path: '/budget/softCostUsdMicros',
        message:
          '"softCostUsdMicros" is 501, above "maxCostUsdMicros", which is 500: the execution would never pause. ' +
          'Lower the first, or raise the second.',
      },
    ]);
  });

  it('has nothing against one that may be reached', () => {
    const budgets = [
      {},
      { maxCostUsdMicros: 5 },
      { softCostUsdMicros: 5 },
      { maxCostUsdMicros: 5, softCostUsdMicros: 5 },
    ];
    for (const budget of budgets) expect(findingsOf(soundBudget, { budget, nodes: {} })).toEqual([]);
  });
});
