import type { ExecutionId } from '../core/ids.ts';
import type { Dispatch } from './dispatch.ts';

export interface LocalDispatchDeps {
  /** Passes a ring on to other processes on the same database; absent in one process. */
  readonly notify?: ((executionId: ExecutionId) => void) | undefined;
}

/** Dispatch in memory; `hear` takes the rings of other processes. */
export interface LocalDispatch extends Dispatch {
  hear(executionId: ExecutionId): void;
}

export function createLocalDispatch({ notify }: LocalDispatchDeps = {}): LocalDispatch {
  const listeners = new Set<(executionId: ExecutionId) => void>();
  const hear = (executionId: ExecutionId): void => {
    for (const listener of listeners) listener(executionId);
  };
  return {
    hear,
    ring(executionId) {
      hear(executionId);
      notify?.(executionId);
    },
    onRing(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
