import { builder } from '../builder.ts';
import { ExecutionEvent, NodeEvent, toUsage, type PlacedEventOf } from './event.ts';
import { EventCause } from './execution-enums.ts';
import { Failure, UsageType } from './execution-values.ts';
import { SandboxReceipt } from './sandbox-receipt.ts';

const nodeEvent = { interfaces: [ExecutionEvent, NodeEvent] };
const ATTEMPT = 'Which try at the node, counted from 1.';
const USAGE = 'What the attempt used; zero for kinds that run in the process.';
const RECEIPT =
  'Of the sandbox. Null: the kind runs in the process, no worker was asked for, or an older release wrote it.';

builder.objectRef<PlacedEventOf<'attemptStarted'>>('AttemptStarted').implement({
  ...nodeEvent,
  description: 'A try at a node began; of a composite: it opened.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    iterations: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Of a loop: how many items it has. Else null.',
      resolve: ({ event: { opened } }) => (opened?.kind === 'loop' ? opened.count : null),
    }),
    branch: t.int({
      nullable: true,
      description: 'Of a condition: the branch that was chosen, from 0. Null: none, or another kind.',
      resolve: ({ event: { opened } }) => (opened?.kind === 'condition' ? opened.branch : null),
    }),
  }),
});

builder.objectRef<PlacedEventOf<'attemptSucceeded'>>('AttemptSucceeded').implement({
  ...nodeEvent,
  description: 'A node has its output.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Of a kind that has no AttemptStarted. Else null.',
      resolve: ({ event }) => event.startedAt ?? null,
    }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the node gives; large ones are loaded when asked for.',
      resolve: ({ executionId, event }, _args, { load }) => load.value({ executionId, place: event.output }),
    }),
    usage: t.field({ type: UsageType, description: USAGE, resolve: ({ event }) => toUsage(event) }),
    receipt: t.field({
      type: SandboxReceipt,
      nullable: true,
      description: RECEIPT,
      resolve: ({ event }) => event.receipt ?? null,
    }),
  }),
});

builder.objectRef<PlacedEventOf<'attemptFailed'>>('AttemptFailed').implement({
  ...nodeEvent,
  description: 'A try at a node failed.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    failure: t.field({ type: Failure, description: 'Why.', resolve: ({ event }) => event.failure }),
    usage: t.field({ type: UsageType, description: USAGE, resolve: ({ event }) => toUsage(event) }),
    receipt: t.field({
      type: SandboxReceipt,
      nullable: true,
      description: RECEIPT,
      resolve: ({ event }) => event.receipt ?? null,
    }),
    retryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next attempt begins. Null: no further attempt.',
      resolve: ({ event }) => event.retryAt ?? null,
    }),
  }),
});

builder.objectRef<PlacedEventOf<'attemptAbandoned'>>('AttemptAbandoned').implement({
  ...nodeEvent,
  description: 'The process that ran a try is gone; its outcome is not known. It does not use up retries.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    cause: t.field({ type: EventCause, description: 'How it went.', resolve: ({ event }) => event.cause }),
    usage: t.field({
      type: UsageType,
      description: 'What its calls of models were charged; of the rest nothing is known.',
      resolve: ({ event }) => toUsage(event),
    }),
  }),
});

builder.objectRef<PlacedEventOf<'attemptCanceled'>>('AttemptCanceled').implement({
  ...nodeEvent,
  description: 'A try at a node was stopped, and is quiet.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    cause: t.field({ type: EventCause, description: 'Why.', resolve: ({ event }) => event.cause }),
    usage: t.field({ type: UsageType, description: USAGE, resolve: ({ event }) => toUsage(event) }),
    receipt: t.field({
      type: SandboxReceipt,
      nullable: true,
      description: RECEIPT,
      resolve: ({ event }) => event.receipt ?? null,
    }),
  }),
});

builder.objectRef<PlacedEventOf<'nodeFailed'>>('NodeFailed').implement({
  ...nodeEvent,
  description: 'A node failed without an attempt of its own: a composite, or an expression.',
  fields: (t) => ({
    failure: t.field({ type: Failure, description: 'Why, and where it began.', resolve: ({ event }) => event.failure }),
  }),
});

builder.objectRef<PlacedEventOf<'nodeSkipped'>>('NodeSkipped').implement({
  ...nodeEvent,
  description: 'A node did not have to run.',
  fields: (t) => ({
    cause: t.field({ type: EventCause, description: 'Why.', resolve: ({ event }) => event.cause }),
  }),
});

builder.objectRef<PlacedEventOf<'bodySucceeded'>>('BodySucceeded').implement({
  ...nodeEvent,
  description: 'One iteration of a loop, or one branch, ended well: `path` is `audit[17]` or `both.a`.',
  fields: (t) => ({
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it gives; large ones are loaded when asked for.',
      resolve: ({ executionId, event }, _args, { load }) => load.value({ executionId, place: event.output }),
    }),
  }),
});
