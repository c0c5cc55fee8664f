import type { ExecutionId } from '../core/ids.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { ExecutionStore } from '../store/execution-store.ts';
import { requireExecution, type Viewer } from './viewer.ts';

/** In the order of `ids`; undefined where there is none that the viewer may see. */
export type GetExecutions = (
  viewer: Viewer,
  ids: readonly ExecutionId[],
) => Promise<readonly (ExecutionRecord | undefined)[]>;

export function createGetExecutions({
  executions,
}: {
  readonly executions: Pick<ExecutionStore, 'getMany'>;
}): GetExecutions {
  return async (viewer, ids) => {
    for (const id of ids) requireExecution(viewer, id);
    return executions.getMany(viewer.tenant, ids);
  };
}
