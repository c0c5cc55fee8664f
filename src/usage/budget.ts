/** What a root execution with its children may cost, in whole micro-dollars. */
export interface CostBudget {
  /** The hard limit: a call with which it could be passed is refused. Absent: not bounded. */
  readonly maxCostUsdMicros?: bigint;
  /** The soft limit: once it is reached the execution pauses. Above the hard one it never is. Absent: it does not. */
  readonly softCostUsdMicros?: bigint;
}

/** What a blueprint lets its executions use at most. */
export interface Budget extends CostBudget {
  readonly maxWallMs?: number;
}

/** What is absent stays as it is. */
export interface BudgetChange {
  readonly maxCostUsdMicros?: bigint | undefined;
  readonly softCostUsdMicros?: bigint | undefined;
}

/** The budget after a change. However much is asked for, the hard limit is at most `ceiling`. */
export function changedBudget(budget: CostBudget, change: BudgetChange, ceiling: bigint | undefined): CostBudget {
  const max = least(change.maxCostUsdMicros ?? budget.maxCostUsdMicros, ceiling);
  const soft = change.softCostUsdMicros ?? budget.softCostUsdMicros;
  return {
    ...(max !== undefined && { maxCostUsdMicros: max }),
    ...(soft !== undefined && { softCostUsdMicros: soft }),
  };
}

/** Undefined bounds nothing. */
function least(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}

/** What is spent has reached the soft limit, so that nothing more begins. */
export const isSoftLimitReached = ({ softCostUsdMicros }: CostBudget, spentUsdMicros: bigint): boolean =>
  softCostUsdMicros !== undefined && spentUsdMicros >= softCostUsdMicros;
