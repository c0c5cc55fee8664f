import type { InProcessExecutor } from '../executor.ts';

/** Opens the branches; which run, and when enough have succeeded, is decided by `decide`. */
export const parallelExecutor: InProcessExecutor<'parallel'> = {
  effect: false,
  begin: (_node, { path, attempt }) => ({ type: 'attemptStarted', path, attempt, opened: { kind: 'parallel' } }),
};
