import type { Rule } from '../rule.ts';

/** The soft limit of the budget is met before the hard one. */
export const soundBudget: Rule = {
  name: 'sound-budget',
  severity: 'fault',
  check({ document: { budget } }) {
    const { maxCostUsdMicros: max, softCostUsdMicros: soft } = budget ?? {};
    if (max === undefined || soft === undefined || soft <= max) return [];
    const message =
      `"softCostUsdMicros" is ${soft}, above "maxCostUsdMicros", which is ${max}: the execution would never pause. ` +
      'Lower the first, or raise the second.';
    return [{ path: '/budget/softCostUsdMicros', message }];
  },
};
