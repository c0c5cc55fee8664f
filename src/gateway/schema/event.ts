import type { ExecutionId } from '../../core/ids.ts';
import {
  usageOf,
  type ExecutionEventOf,
  type ExecutionEventType as EventType,
  type Measured,
  type RecordedEvent,
} from '../../execution/events.ts';
import { encodeCursor } from '../../live/cursor.ts';
import { NO_USAGE, type Usage } from '../../usage/usage.ts';
import { builder } from '../builder.ts';
import { ExecutionEventType } from './execution-enums.ts';

/** An event with the execution that it belongs to. */
export interface PlacedEvent<E extends RecordedEvent = RecordedEvent> {
  readonly executionId: ExecutionId;
  readonly event: E;
}
export type PlacedEventOf<T extends EventType> = PlacedEvent<ExecutionEventOf<T>>;

/** The GraphQL type of each event: a new event does not compile until it has one. */
const TYPE_NAMES: Readonly<Record<RecordedEvent['type'], string>> = {
  executionRequested: 'ExecutionRequested',
  executionStarted: 'ExecutionStarted',
  attemptStarted: 'AttemptStarted',
  attemptSucceeded: 'AttemptSucceeded',
  attemptFailed: 'AttemptFailed',
  attemptAbandoned: 'AttemptAbandoned',
  attemptCanceled: 'AttemptCanceled',
  nodeFailed: 'NodeFailed',
  nodeSkipped: 'NodeSkipped',
  bodySucceeded: 'BodySucceeded',
  agentTurned: 'AgentTurned',
  toolCalled: 'ToolCalled',
  taskHandedOver: 'TaskHandedOver',
  voteCast: 'VoteCast',
  roundEnded: 'RoundEnded',
  noteWritten: 'NoteWritten',
  pastRecalled: 'PastRecalled',
  cancelRequested: 'CancelRequested',
  pauseRequested: 'PauseRequested',
  executionPaused: 'ExecutionPaused',
  resumeRequested: 'ResumeRequested',
  executionResumed: 'ExecutionResumed',
  executionSucceeded: 'ExecutionSucceeded',
  executionFailed: 'ExecutionFailed',
  executionCanceled: 'ExecutionCanceled',
  unknown: 'UnknownEvent',
};

export const ExecutionEvent = builder.interfaceRef<PlacedEvent>('ExecutionEvent').implement({
  description:
    'A recorded fact. New members come with minor releases: what the interface has must be enough to show one.',
  resolveType: ({ event }) => TYPE_NAMES[event.type],
  fields: (t) => ({
    cursor: t.string({
      description: 'The place just after it: subscribe or read `after` it.',
      resolve: ({ executionId, event }) => encodeCursor(executionId, event.sequence),
    }),
    sequence: t.field({
      type: 'SafeInt',
      description: '1, 2, 3, ... without gaps.',
      resolve: ({ event }) => event.sequence,
    }),
    type: t.field({
      type: ExecutionEventType,
      description: 'What it says.',
      resolve: ({ event }) => event.type,
    }),
    at: t.field({
      type: 'DateTime',
      description: 'When it happened; never runs backwards within an execution.',
      resolve: ({ event }) => event.at,
    }),
  }),
});

type NodeEventType = Extract<RecordedEvent, { path: string }>['type'];
type PlacedNodeEvent = PlacedEvent<Extract<RecordedEvent, { type: NodeEventType }>>;

export const NodeEvent = builder.interfaceRef<PlacedNodeEvent>('NodeEvent').implement({
  description:
    'A fact about one node. A field has one type and nullability in all events, or clients could not select it in two of them.',
  interfaces: [ExecutionEvent],
  resolveType: ({ event }) => TYPE_NAMES[event.type],
  fields: (t) => ({
    path: t.string({
      description: 'Its place: `greet`, `both.a.x`, in a loop `audit[17].classify`.',
      resolve: ({ event }) => event.path,
    }),
  }),
});

/** Usage as clients see it; kinds that do nothing but evaluate have none. */
export const toUsage = (measured: Measured): Usage => usageOf(measured) ?? NO_USAGE;

/** Money of an event, which is JSON, as clients see it. */
export const toBigInt = (micros: number | undefined): bigint | null => (micros === undefined ? null : BigInt(micros));
