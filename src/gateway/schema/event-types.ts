import { BlueprintId } from '../../core/ids.ts';
import { builder } from '../builder.ts';
import { BlueprintRevision } from './blueprint-refs.ts';
import { ExecutionEvent, toBigInt, type PlacedEvent, type PlacedEventOf } from './event.ts';
import { Failure } from './execution-values.ts';

const executionEvent = { interfaces: [ExecutionEvent] };
const StoppedAttempt = builder
  .objectRef<{ readonly path: string; readonly attempt: number }>('StoppedAttempt')
  .implement({
    description: 'An attempt that a cancel stopped.',
    fields: (t) => ({
      path: t.exposeString('path', { description: 'Of its node.' }),
      attempt: t.exposeInt('attempt', { description: 'Counted from 1.' }),
    }),
  });

builder.objectRef<PlacedEventOf<'executionRequested'>>('ExecutionRequested').implement({
  ...executionEvent,
  description: 'Somebody asked for the execution. It pins what runs.',
  fields: (t) => ({
    revision: t.field({
      type: BlueprintRevision,
      description: 'What runs.',
      resolve: async ({ event: { blueprintId, version } }, _args, { load }) => {
        const revision = await load.revision.load({ id: BlueprintId.parse(blueprintId), version });
        if (revision === undefined) throw new Error(`Version ${version} of blueprint ${blueprintId} is missing.`);
        return revision;
      },
    }),
    input: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it was given.',
      resolve: ({ executionId, event }, _args, { load }) => load.value({ executionId, place: event.input }),
    }),
    maxWallMs: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The longest that it may take in ms, as the start asked. Null: as the blueprint says.',
      resolve: ({ event }) => event.maxWallMs ?? null,
    }),
    maxCostUsdMicros: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The most that it may cost. Null: as the blueprint says.',
      resolve: ({ event }) => toBigInt(event.budget?.maxCostUsdMicros),
    }),
    softCostUsdMicros: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The cost at which it pauses. Null: as the blueprint says.',
      resolve: ({ event }) => toBigInt(event.budget?.softCostUsdMicros),
    }),
    requestedBy: t.string({
      description: 'Name of the API key or subject of the token.',
      resolve: ({ event }) => event.requestedBy,
    }),
  }),
});

builder.objectRef<PlacedEventOf<'executionStarted'>>('ExecutionStarted').implement({
  ...executionEvent,
  description: 'An orchestrator took the execution up.',
  fields: (t) => ({
    tools: t.field({
      type: 'JSON',
      description: 'Versions of the tools that it uses to the end, by name.',
      resolve: ({ event }) => event.tools,
    }),
    agents: t.field({
      type: 'JSON',
      description: 'Versions of the agents, by name.',
      resolve: ({ event }) => event.agents ?? {},
    }),
    models: t.field({
      type: 'JSON',
      description: 'Who serves the models and as what, by name.',
      resolve: ({ event }) => event.models ?? {},
    }),
    deadlineAt: t.field({
      type: 'DateTime',
      description: 'It may not go on after this instant; time in which it was paused comes on top.',
      resolve: ({ event }) => event.deadlineAt,
    }),
  }),
});

builder.objectRef<PlacedEventOf<'cancelRequested'>>('CancelRequested').implement({
  ...executionEvent,
  description: 'Somebody asked that the execution ends; the receipt is ExecutionCanceled.',
  fields: (t) => ({
    requestedBy: t.string({
      description: 'Name of the API key or subject of the token.',
      resolve: ({ event }) => event.requestedBy,
    }),
    reason: t.string({ nullable: true, description: 'As it was given.', resolve: ({ event }) => event.reason ?? null }),
  }),
});

builder.objectRef<PlacedEventOf<'executionSucceeded'>>('ExecutionSucceeded').implement({
  ...executionEvent,
  description: 'The execution ended well. The last event.',
  fields: (t) => ({
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it answers.',
      resolve: ({ executionId, event }, _args, { load }) => load.value({ executionId, place: event.output }),
    }),
  }),
});

builder.objectRef<PlacedEventOf<'executionFailed'>>('ExecutionFailed').implement({
  ...executionEvent,
  description: 'The execution failed. The last event.',
  fields: (t) => ({
    failure: t.field({ type: Failure, description: 'Why, and where it began.', resolve: ({ event }) => event.failure }),
  }),
});

builder.objectRef<PlacedEventOf<'executionCanceled'>>('ExecutionCanceled').implement({
  ...executionEvent,
  description: 'The execution was canceled, and everything is quiet. The last event.',
  fields: (t) => ({
    stopped: t.field({
      type: [StoppedAttempt],
      description: 'The attempts that were stopped, at most 1,000.',
      resolve: ({ event }) => event.stopped.slice(0, 1_000),
    }),
    quietMs: t.field({
      type: 'SafeInt',
      description: 'Ms from the request until nothing ran any more.',
      resolve: ({ event }) => Math.round(event.quietMs),
    }),
  }),
});

builder.objectRef<PlacedEvent>('UnknownEvent').implement({
  ...executionEvent,
  description: 'Written by a newer release than this gateway.',
});
