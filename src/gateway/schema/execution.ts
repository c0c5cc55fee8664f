import type { ExecutionId } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import type { Failure as FailureOf } from '../../execution/events.ts';
import { encodeCursor } from '../../live/cursor.ts';
import type { ExecutionNow } from '../../live/follow-message.ts';
import { builder } from '../builder.ts';
import { toConnection, toPageArguments, type CursorCodec } from '../connection.ts';
import type { OperationContext } from '../context.ts';
import { badRequest } from '../problem.ts';
import { BlueprintRevision } from './blueprint-refs.ts';
import { eventCursors, ExecutionEventConnection, toEventConnection } from './execution-event-connection.ts';
import { ExecutionStatus } from './execution-enums.ts';
import { EventFilter, ExecutionFilter, toEventFilter, toExecutionFilter } from './execution-filters.ts';
import { ExecutionType, toLocalExecutionId } from './execution-refs.ts';
import { Failure, Progress, UsageType } from './execution-values.ts';

type Load = OperationContext['load'];

builder.node(ExecutionType, {
  description: 'One run of one revision.',
  id: { resolve: ({ id }) => id },
  loadMany: (ids, { load }) =>
    Promise.all(
      ids.map(async (id) => {
        const executionId = toLocalExecutionId(id);
        return executionId === undefined ? null : load.execution.load(executionId);
      }),
    ),
  fields: (t) => ({
    revision: t.field({
      type: BlueprintRevision,
      description: 'What runs: pinned at the start.',
      resolve: async ({ id, blueprintId, blueprintVersion }, _args, { load }) => {
        const revision = await load.revision.load({ id: blueprintId, version: blueprintVersion });
        if (revision === undefined) throw new Error(`The revision of execution ${id} is missing.`);
        return revision;
      },
    }),
    status: t.expose('status', { type: ExecutionStatus, description: 'How it stands.' }),
    startCursor: t.string({
      description: 'The place before the first event: subscribe after it to see every event.',
      resolve: ({ id }) => encodeCursor(id, 0),
    }),
    cursor: t.string({
      description: 'The place of the last event that this state contains.',
      resolve: ({ id, lastSequence }) => encodeCursor(id, lastSequence),
    }),
    progress: t.expose('progress', {
      type: Progress,
      description: 'Nodes and loop items known so far; total grows while loops unfold.',
    }),
    usage: t.expose('usage', {
      type: UsageType,
      description: 'Of all that is recorded so far. The subscription `usage` tells of each call once it is settled.',
    }),
    input: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it was given; at most 16 MiB.',
      resolve: ({ id, values }, _args, { load }) =>
        load.value({ executionId: id, place: values?.input ?? { sequence: 1 } }),
    }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Null until succeeded; at most 16 MiB.',
      resolve: (execution, _args, { load }) => outputOf(execution, load),
    }),
    failure: t.field({
      type: Failure,
      nullable: true,
      description: 'Null unless failed.',
      resolve: (execution, _args, { load }) => failureOf(execution, load),
    }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When the start was recorded.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its last event was recorded. Null: not finished.',
    }),
    events: t.field({
      type: ExecutionEventConnection,
      description: 'The same events and cursors as the subscription; oldest first, at most 100 a page.',
      args: {
        ...t.arg.connectionArgs(),
        filter: t.arg({ type: EventFilter, description: 'Which events. Default: all.' }),
      },
      resolve: async ({ id }, { filter, ...page }, { viewer, load }) => {
        const events = await load.events(viewer, {
          executionId: id,
          page: toPageArguments(page, eventCursors(id)),
          filter: toEventFilter(filter),
        });
        if (!events.ok) throw badRequest(events.error.message);
        return toEventConnection(id, events.value);
      },
    }),
  }),
});

async function outputOf({ id, status, lastSequence, values }: ExecutionNow, load: Load): Promise<Json> {
  if (values !== undefined) {
    return values.output === undefined ? null : load.value({ executionId: id, place: values.output });
  }
  // Nothing is appended after the terminal event.
  return status === 'succeeded' ? load.value({ executionId: id, place: { sequence: lastSequence } }) : null;
}

async function failureOf({ id, status, lastSequence, values }: ExecutionNow, load: Load): Promise<FailureOf | null> {
  if (status !== 'failed') return null;
  if (values !== undefined) return values.failure ?? null;
  const event = await load.event.load({ executionId: id, sequence: lastSequence });
  return event?.type === 'executionFailed' ? event.failure : null;
}

const ExecutionConnection = builder.connectionObject({ type: ExecutionType, name: 'ExecutionConnection' });

const PREFIX = 'executions:';

const executionCursors: CursorCodec<ExecutionId> = {
  encode: (id) => Buffer.from(`${PREFIX}${id}`, 'utf8').toString('base64url'),
  decode(cursor) {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    return text.startsWith(PREFIX) ? toLocalExecutionId(text.slice(PREFIX.length)) : undefined;
  },
};

builder.queryFields((t) => ({
  execution: t.field({
    type: ExecutionType,
    nullable: true,
    description: 'The execution of that ID, as `node` gives it. Null: none that you may see.',
    args: { id: t.arg.globalID({ required: true, for: ExecutionType, description: 'Of the execution.' }) },
    resolve: async (_root, { id }, { load }) => {
      const executionId = toLocalExecutionId(id.id);
      return executionId === undefined ? null : load.execution.load(executionId);
    },
  }),
  executions: t.field({
    type: ExecutionConnection,
    nullable: true,
    description: 'All executions, newest first.',
    args: {
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: ExecutionFilter, description: 'Which executions. Default: all.' }),
    },
    resolve: async (_root, { filter: given, ...page }, { viewer, executions }) => {
      const filter = toExecutionFilter(given);
      const pageArguments = toPageArguments(page, executionCursors);
      const nothing = { items: [], hasNextPage: false, hasPreviousPage: false };
      const found = filter ? await executions.listExecutions(viewer, filter, pageArguments) : nothing;
      return toConnection(found, executionCursors, ({ id }) => id);
    },
  }),
}));
