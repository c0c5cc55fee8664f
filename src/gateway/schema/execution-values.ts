import type { Failure as FailureOf } from '../../execution/events.ts';
import type { BudgetChange } from '../../usage/budget.ts';
import type { Usage as UsageOf } from '../../usage/usage.ts';
import { builder } from '../builder.ts';

export const Progress = builder.objectRef<{ readonly done: number; readonly total: number }>('Progress').implement({
  description: 'How far something is.',
  fields: (t) => ({
    done: t.expose('done', { type: 'SafeInt', description: 'What has ended.' }),
    total: t.expose('total', { type: 'SafeInt', description: 'What is known so far; grows while loops unfold.' }),
  }),
});

export const UsageType = builder.objectRef<UsageOf>('Usage').implement({
  description: 'What was measured: of one attempt, or the sum over many.',
  fields: (t) => ({
    cpuMs: t.field({ type: 'SafeInt', description: 'CPU time in ms.', resolve: ({ cpuMs }) => Math.round(cpuMs) }),
    wallMs: t.field({ type: 'SafeInt', description: 'Elapsed ms.', resolve: ({ wallMs }) => Math.round(wallMs) }),
    peakMemoryBytes: t.field({
      type: 'SafeInt',
      description: 'Most resident memory in bytes; over many: the largest.',
      resolve: ({ peakMemoryBytes }) => Math.round(peakMemoryBytes),
    }),
    inputTokens: t.expose('inputTokens', { type: 'SafeInt', description: 'Tokens that models read.' }),
    outputTokens: t.expose('outputTokens', { type: 'SafeInt', description: 'Tokens that models wrote.' }),
    costUsdMicros: t.expose('costUsdMicros', {
      type: 'BigInt',
      description: 'Whole micro-dollars. 0 while nothing has a price.',
    }),
  }),
});

export const Failure = builder.objectRef<FailureOf>('Failure').implement({
  description: 'Why something did not succeed.',
  fields: (t) => ({
    reason: t.exposeString('reason', {
      description:
        'One of threw, limitReached, timedOut, badOutput, toolUnavailable, agentUnavailable, modelUnavailable, modelRefused, budgetExceeded, expressionFailed, orchestratorCrashed, ' +
        'historyTooLong, deadlinePassed, canceled. More may come in minor releases.',
    }),
    message: t.exposeString('message', { description: 'What happened.' }),
    path: t.exposeString('path', { nullable: true, description: 'The node where it began. Null: at none.' }),
    retryable: t.exposeBoolean('retryable', { description: 'Whether another attempt might succeed.' }),
  }),
});

interface CostInput {
  readonly maxCostUsdMicros?: bigint | null | undefined;
  readonly softCostUsdMicros?: bigint | null | undefined;
}

/** The money of a budget as use cases take it. */
export const toBudgetChange = ({ maxCostUsdMicros: max, softCostUsdMicros: soft }: CostInput): BudgetChange => ({
  maxCostUsdMicros: max ?? undefined,
  softCostUsdMicros: soft ?? undefined,
});
