import type { InProcessExecutor } from '../executor.ts';
import { andThen } from '../maybe.ts';
import { expressionFailed } from './expression-failed.ts';

/** Evaluates the output and records it; no side effect, no process. */
export const transformExecutor: InProcessExecutor<'transform'> = {
  effect: false,
  begin: (node, context) =>
    andThen(context.evaluate(node.output), (evaluated) => {
      if (!evaluated.ok) return expressionFailed(context.path, 'output', evaluated.error);
      const bytes = context.sizeOf(evaluated.value);
      if (bytes > node.limits.outputBytes) {
        const message = `The output of "${context.path}" is ${bytes} bytes; its limit is ${node.limits.outputBytes} (limits.outputBytes).`;
        return {
          type: 'nodeFailed',
          path: context.path,
          failure: { reason: 'limitReached', message, retryable: false },
        };
      }
      return andThen(context.keep(evaluated.value), (output) => ({
        type: 'attemptSucceeded',
        path: context.path,
        attempt: context.attempt,
        startedAt: context.now,
        output,
      }));
    }),
};
