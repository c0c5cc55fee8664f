import type { LedgerFilter as Filter } from '../../usage/ledger.ts';
import { builder } from '../builder.ts';
import { badRequest } from '../problem.ts';
import { searchedText } from '../searched-text.ts';
import { toExecutionId } from './execution-refs.ts';
import { toBlueprintId } from './ids.ts';
import { CallKind, CallUsageSource } from './ledger-values.ts';

export const LedgerFilter = builder.inputType('LedgerFilter', {
  description: 'Which calls of models. All that is given must hold; null or absent: all.',
  fields: (t) => ({
    executionId: t.id({
      description: 'Only calls of the root of this execution and of all that it started: what one budget pays for.',
    }),
    blueprintId: t.id({ description: 'Only calls of executions of this blueprint.' }),
    model: t.string({ description: 'Only calls of the model with exactly this name.' }),
    kind: t.field({ type: CallKind, description: 'Only calls that asked for this.' }),
    usageSource: t.field({ type: CallUsageSource, description: 'Only calls whose usage comes from there.' }),
    from: t.field({ type: 'DateTime', description: 'Only calls settled at this instant or later.' }),
    to: t.field({ type: 'DateTime', description: 'Only calls settled before this instant.' }),
  }),
});

type Given = {
  readonly [Name in keyof Filter]:
    (Name extends 'executionId' | 'blueprintId' ? string : Filter[Name]) | null | undefined;
};

/** The filter as use cases take it; undefined when nothing can match, as an ID is none of its kind. */
export function toLedgerFilter(given: Given | null | undefined): Filter | undefined {
  const { executionId, blueprintId, model, kind, usageSource, from, to } = given ?? {};
  if (typeof from === 'number' && typeof to === 'number' && from >= to) {
    throw badRequest('from must be before to: they are the first instant and the one after the last.');
  }
  const execution = executionId ? toExecutionId(executionId) : undefined;
  const blueprint = blueprintId ? toBlueprintId(blueprintId) : undefined;
  if ((executionId && execution === undefined) || (blueprintId && blueprint === undefined)) return undefined;
  return {
    executionId: execution,
    blueprintId: blueprint,
    model: typeof model === 'string' ? searchedText(model, 'model') : undefined,
    kind: kind ?? undefined,
    usageSource: usageSource ?? undefined,
    from: from ?? undefined,
    to: to ?? undefined,
  };
}
