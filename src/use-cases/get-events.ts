import type { ExecutionId } from '../core/ids.ts';
import type { RecordedEvent } from '../execution/events.ts';
import type { EventStore } from '../store/event-store.ts';
import { requireExecution, type Viewer } from './viewer.ts';

export interface EventKey {
  readonly executionId: ExecutionId;
  readonly sequence: number;
}

/** Single events of many executions: the first has the input, the last how it ended. */
export type GetEvents = (viewer: Viewer, keys: readonly EventKey[]) => Promise<readonly (RecordedEvent | undefined)[]>;

export function createGetEvents({ events }: { readonly events: Pick<EventStore, 'getEvents'> }): GetEvents {
  return async (viewer, keys) => {
    for (const { executionId } of keys) requireExecution(viewer, executionId);
    return events.getEvents(viewer.tenant, keys);
  };
}
