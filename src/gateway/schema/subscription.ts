import type { NotFoundError as NotFound } from '../../core/errors.ts';
import type { BlueprintRecord } from '../../blueprint/records.ts';
import type { ExecutionListChange } from '../../use-cases/follow-executions.ts';
import { builder } from '../builder.ts';
import { encodeGlobalId } from '../global-id.ts';
import { mapMessages, onlyMessage } from '../map-messages.ts';
import { badRequest } from '../problem.ts';
import { selectsType } from '../selects-type.ts';
import { lastEventId, markAsOver } from '../sse-request.ts';
import { BlueprintRevision, BlueprintType } from './blueprint-refs.ts';
import { NotFoundError } from './error.ts';
import { EventFilter, ExecutionFilter, toEventFilter, toExecutionFilter } from './execution-filters.ts';
import { ExecutionMessage, toExecutionPayload, type ExecutionPayload } from './execution-message.ts';
import { ExecutionType, toExecutionId } from './execution-refs.ts';
import { notFound, toBlueprintId } from './ids.ts';

const ExecutionList = builder.objectRef<ExecutionListChange>('ExecutionList').implement({
  description: 'First the newest 100 that match, then each change. After a reconnect it begins anew.',
  fields: (t) => ({
    changed: t.field({
      type: [ExecutionType],
      description: 'New or changed, and they match; at most 200 in one message.',
      resolve: ({ changed }) => [...changed],
    }),
    left: t.idList({
      description: 'IDs of executions that no longer match.',
      resolve: ({ left }) => left.map((id) => encodeGlobalId('Execution', id)),
    }),
  }),
});

const BlueprintChanged = builder.objectRef<{ readonly blueprint: BlueprintRecord }>('BlueprintChanged').implement({
  description: 'First the present version, then each new one (versions may be skipped when the client is slow).',
  fields: (t) => ({
    blueprint: t.expose('blueprint', { type: BlueprintType, description: 'As it is now.' }),
    revision: t.field({
      type: BlueprintRevision,
      description: 'Its newest revision.',
      resolve: async ({ blueprint: { id, version } }, _args, { load }) => {
        const revision = await load.revision.load({ id, version });
        if (revision === undefined) throw new Error(`Version ${version} of blueprint ${id} is missing.`);
        return revision;
      },
    }),
  }),
});

type BlueprintMember = { readonly blueprint: BlueprintRecord } | NotFound;

const BlueprintMessage = builder.unionType('BlueprintMessage', {
  description: 'What a follower of a blueprint hears.',
  types: [BlueprintChanged, NotFoundError],
  resolveType: (member: BlueprintMember) => ('kind' in member ? member.kind : 'BlueprintChanged'),
});

builder.subscriptionType({
  description:
    'Streams. Each message of executionEvents also carries its cursor as extensions.cursor, whatever was selected.',
});

builder.subscriptionFields((t) => ({
  executionEvents: t.field({
    type: ExecutionMessage,
    nullable: true,
    description:
      'Everything that happens in one execution, in order, without gap or duplicate. It completes after the last event. ' +
      'The text of running attempts comes too, to those that select something of ExecutionDelta.',
    args: {
      executionId: t.arg.id({ required: true, description: 'Of the execution.' }),
      after: t.arg.string({
        description:
          'A cursor up to which you know everything: what you missed comes first. Default: begin with a snapshot.',
      }),
      filter: t.arg({ type: EventFilter, description: 'Which events. Default: all.' }),
    },
    subscribe: async (_root, { executionId: globalId, after, filter }, { viewer, executions, request }, info) => {
      const executionId = toExecutionId(globalId);
      if (executionId === undefined) return onlyMessage<ExecutionPayload>({ member: notFound('execution', globalId) });
      const followed = await executions.followExecution(viewer, {
        executionId,
        // EventSource connects again with the variables of the first time, and says by this header where it is.
        after: lastEventId(request) ?? after ?? undefined,
        filter: toEventFilter(filter),
        // Who cannot show them is not sent one for each word of a model.
        wantsDeltas: selectsType(info, 'ExecutionDelta'),
      });
      if (!followed.ok) throw badRequest(followed.error.message);
      const { messages, isOver } = followed.value;
      if (isOver) markAsOver(request);
      return mapMessages(messages, toExecutionPayload({ executionId, globalId }));
    },
    resolve: ({ member }) => member,
  }),
  executions: t.field({
    type: ExecutionList,
    nullable: true,
    description: 'The list of executions as it changes. It carries no cursor.',
    args: { filter: t.arg({ type: ExecutionFilter, description: 'Which executions. Default: all.' }) },
    subscribe: (_root, { filter: given }, { viewer, executions }) => {
      const filter = toExecutionFilter(given);
      return filter
        ? executions.followExecutions(viewer, filter)
        : onlyMessage<ExecutionListChange>({ changed: [], left: [] });
    },
    resolve: (change) => change,
  }),
  blueprintChanged: t.field({
    type: BlueprintMessage,
    nullable: true,
    description: 'One blueprint as it changes. It carries no cursor.',
    args: { id: t.arg.id({ required: true, description: 'Of the blueprint.' }) },
    subscribe: (_root, { id: globalId }, { viewer, executions }) => {
      const id = toBlueprintId(globalId);
      if (id === undefined) return onlyMessage<BlueprintMember>(notFound('blueprint', globalId));
      return mapMessages(executions.followBlueprint(viewer, id), (news): BlueprintMember =>
        news.type === 'notFound' ? notFound('blueprint', globalId) : { blueprint: news.blueprint },
      );
    },
    resolve: (member) => member,
  }),
}));
