import type { RecordedEvent } from '../../execution/events.ts';
import type { ExecutionStatus as Status } from '../../execution/status.ts';
import type { EventFilter as Filter } from '../../live/event-filter.ts';
import type { ExecutionFilter as ListFilter } from '../../use-cases/list-executions.ts';
import { builder } from '../builder.ts';
import { badRequest } from '../problem.ts';
import { ExecutionEventType, ExecutionStatus } from './execution-enums.ts';
import { toBlueprintId } from './ids.ts';

const MAX_NODE_NAMES = 100;

export const EventFilter = builder.inputType('EventFilter', {
  description:
    'Applied on the server. Terminal events always pass, and nothing is appended after one. Null or absent: all.',
  fields: (t) => ({
    types: t.field({ type: [ExecutionEventType], description: 'Only events of these types. Deltas are no events.' }),
    nodeNames: t.stringList({
      description:
        'Only events and deltas of nodes with these names, at any depth, and of what runs inside them. At most 100.',
    }),
  }),
});

export const ExecutionFilter = builder.inputType('ExecutionFilter', {
  description: 'Which executions. Null or absent: all.',
  fields: (t) => ({
    blueprintId: t.id({ description: 'Only executions of this blueprint.' }),
    statuses: t.field({ type: [ExecutionStatus], description: 'Only executions that stand so.' }),
  }),
});

/** The filter as use cases take it; undefined when everything passes. */
export function toEventFilter(
  given:
    | {
        readonly types?: readonly RecordedEvent['type'][] | null | undefined;
        readonly nodeNames?: readonly string[] | null | undefined;
      }
    | null
    | undefined,
): Filter | undefined {
  const { types, nodeNames } = given ?? {};
  if (!types && !nodeNames) return undefined;
  if (nodeNames && nodeNames.length > MAX_NODE_NAMES) {
    throw badRequest(`nodeNames has ${nodeNames.length} names; at most ${MAX_NODE_NAMES} are taken.`);
  }
  return { types: types ? new Set(types) : undefined, nodeNames: nodeNames ? new Set(nodeNames) : undefined };
}

/** The filter as use cases take it; undefined when nothing can match, as the ID is none of a blueprint. */
export function toExecutionFilter(
  given:
    | { readonly blueprintId?: string | null | undefined; readonly statuses?: readonly Status[] | null | undefined }
    | null
    | undefined,
): ListFilter | undefined {
  const { blueprintId, statuses } = given ?? {};
  const id = blueprintId ? toBlueprintId(blueprintId) : undefined;
  if (blueprintId && id === undefined) return undefined;
  return { blueprintId: id, statuses: statuses ?? undefined };
}
