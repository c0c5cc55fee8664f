import type { ExecutionId } from '../core/ids.ts';
import type { ExecutionViews } from '../live/execution-views.ts';
import type { NodeNow } from '../live/follow-message.ts';
import { withTextsNow } from '../live/text-reader.ts';
import { requireExecution, type Viewer } from './viewer.ts';

/** A node of an execution by its path; undefined when there is none that is listed. */
export type GetExecutionNode = (
  viewer: Viewer,
  at: { readonly executionId: ExecutionId; readonly path: string },
) => Promise<NodeNow | undefined>;

export function createGetExecutionNode({ views }: { readonly views: ExecutionViews }): GetExecutionNode {
  return async (viewer, { executionId, path }) => {
    requireExecution(viewer, executionId);
    const held = await views.acquire(viewer.tenant, executionId);
    if (held === undefined) return undefined;
    try {
      const node = held.view.node(path);
      return node && withTextsNow(held.view, node);
    } finally {
      held.release();
    }
  };
}
