import type { Issue } from '../core/issue.ts';
import type { BudgetChange } from '../usage/budget.ts';

const LIMITS = ['maxCostUsdMicros', 'softCostUsdMicros'] as const;

/** What is wrong with the money of a budget as a client gave it. The journal is JSON: it carries no more than 2^53 - 1. */
export const checkBudget = (budget: BudgetChange): readonly Issue[] =>
  LIMITS.flatMap((name) => {
    const micros = budget[name];
    if (micros === undefined || (micros >= 0n && micros <= BigInt(Number.MAX_SAFE_INTEGER))) return [];
    const message = `${name} is ${micros}; give whole micro-dollars from 0 to ${Number.MAX_SAFE_INTEGER}.`;
    return [{ rule: 'budget', path: `/budget/${name}`, message }];
  });
