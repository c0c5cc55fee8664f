import type { EventDraft } from '../../execution/events.ts';
import type { InProcessExecutor } from '../executor.ts';
import { andThen } from '../maybe.ts';
import { expressionFailed } from './expression-failed.ts';
import { tooLarge } from './too-large.ts';

/** Evaluates the list once and records it; the iterations follow from its length. */
export const loopExecutor: InProcessExecutor<'loop'> = {
  effect: false,
  begin: (node, context) =>
    andThen(context.evaluate(node.items), (evaluated) => {
      const { path, attempt } = context;
      const failed = (reason: 'expressionFailed' | 'limitReached', message: string): EventDraft => ({
        type: 'nodeFailed',
        path,
        failure: { reason, message, retryable: false, path },
      });
      if (!evaluated.ok) return expressionFailed(path, 'items', evaluated.error);
      const items = evaluated.value;
      if (!Array.isArray(items))
        return failed('expressionFailed', `items of "${path}" must give a list; it gave ${typeof items}.`);
      const count = items.length;
      if (count > node.maxIterations) {
        return failed(
          'limitReached',
          `The loop "${path}" has ${count} items; its limit is ${node.maxIterations} (maxIterations).`,
        );
      }
      return andThen(context.keep(items), (kept) =>
        'tooLarge' in kept
          ? tooLarge(path, 'items', kept.tooLarge)
          : { type: 'attemptStarted', path, attempt, opened: { kind: 'loop', items: kept, count } },
      );
    }),
};
