import type { ExecutionId } from '../core/ids.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { ExecutionFilter, ExecutionStore } from '../store/execution-store.ts';
import type { Page, PageArguments } from './page.ts';
import { requireScope, type Viewer } from './viewer.ts';

export type { ExecutionFilter } from '../store/execution-store.ts';

/** Newest first. */
export type ListExecutions = (
  viewer: Viewer,
  filter: ExecutionFilter,
  page: PageArguments<ExecutionId>,
) => Promise<Page<ExecutionRecord>>;

export function createListExecutions({
  executions,
}: {
  readonly executions: Pick<ExecutionStore, 'list'>;
}): ListExecutions {
  return async (viewer, filter, page) => {
    requireScope(viewer, 'executions:read');
    return executions.list(viewer.tenant, filter, page);
  };
}
