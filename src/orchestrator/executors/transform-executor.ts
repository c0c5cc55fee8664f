import type { InProcessExecutor } from '../executor.ts';
import { andThen } from '../maybe.ts';
import { expressionFailed } from './expression-failed.ts';
import { tooLarge } from './too-large.ts';

/** Evaluates the output and records it; no side effect, no process. */
export const transformExecutor: InProcessExecutor<'transform'> = {
  effect: false,
  begin: (node, { path, attempt, now, evaluate, keep }) =>
    andThen(evaluate(node.output), (evaluated) => {
      if (!evaluated.ok) return expressionFailed(path, 'output', evaluated.error);
      return andThen(keep(evaluated.value, node.limits.outputBytes), (kept) =>
        'tooLarge' in kept
          ? tooLarge(path, 'output', `${kept.tooLarge} (limits.outputBytes)`)
          : { type: 'attemptSucceeded', path, attempt, startedAt: now, output: kept },
      );
    }),
};
