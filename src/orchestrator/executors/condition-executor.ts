import type { ConditionPlan } from '../../blueprint/plan.ts';
import type { EventDraft } from '../../execution/events.ts';
import type { BeginContext, InProcessExecutor, Maybe } from '../executor.ts';
import { andThen } from '../maybe.ts';
import { expressionFailed } from './expression-failed.ts';

/** Opens the first branch whose condition holds; conditions behind it are not looked at. */
export const conditionExecutor: InProcessExecutor<'condition'> = {
  effect: false,
  begin: (node, context) => openFrom(0, node, context),
};

function openFrom(index: number, node: ConditionPlan, context: BeginContext): Maybe<EventDraft> {
  const { path, attempt } = context;
  const open = (branch: number | null): EventDraft => ({
    type: 'attemptStarted',
    path,
    attempt,
    opened: { kind: 'condition', branch },
  });
  const branch = node.branches[index];
  if (branch === undefined) return open(null);
  if (branch.when === undefined) return open(index);
  return andThen(context.evaluate(branch.when), (evaluated) => {
    if (!evaluated.ok) return expressionFailed(path, `branches[${index}].when`, evaluated.error);
    if (typeof evaluated.value !== 'boolean') {
      const message = `branches[${index}].when of "${path}" must give true or false; it gave ${typeof evaluated.value}.`;
      return { type: 'nodeFailed', path, failure: { reason: 'expressionFailed', message, retryable: false, path } };
    }
    return evaluated.value ? open(index) : openFrom(index + 1, node, context);
  });
}
