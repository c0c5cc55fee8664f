import type { CursorExpired as CursorExpiredOf } from '../../core/errors.ts';
import type { ExecutionId } from '../../core/ids.ts';
import { encodeCursor } from '../../live/cursor.ts';
import type {
  DeltaMessage,
  EventsMessage,
  FollowMessage,
  LaggedMessage,
  SnapshotMessage,
} from '../../live/follow-message.ts';
import { builder } from '../builder.ts';
import { encodeGlobalId } from '../global-id.ts';
import type { ExtendedPayload, SharedPayload } from '../payload-extensions.ts';
import { ErrorInterface } from '../result-union.ts';
import { NotFoundError } from './error.ts';
import { ExecutionEvent } from './event.ts';
import { DeltaChannel } from './execution-enums.ts';
import { ExecutionNode, ExecutionType, nodeLocalId } from './execution-refs.ts';
import { notFound } from './ids.ts';

/** A message with the execution that its cursor belongs to. */
interface Placed<M> {
  readonly executionId: ExecutionId;
  readonly message: M;
}
type Member =
  Placed<SnapshotMessage> | Placed<EventsMessage> | Placed<DeltaMessage> | Placed<LaggedMessage> | ErrorMember;
type ErrorMember = Extract<FollowMessage, { error: unknown }>['error'];

const CURSOR = 'The place that this message brings you to: subscribe or read `after` it. Also in `extensions.cursor`.';

const ExecutionSnapshot = builder.objectRef<Placed<SnapshotMessage>>('ExecutionSnapshot').implement({
  description: 'You are level with the server: replace what you hold.',
  fields: (t) => ({
    cursor: t.string({
      description: CURSOR,
      resolve: ({ executionId, message }) => encodeCursor(executionId, message.sequence),
    }),
    execution: t.field({
      type: ExecutionType,
      description: 'As it is at `cursor`.',
      resolve: ({ message }) => message.execution,
    }),
    nodes: t.field({
      type: [ExecutionNode],
      description: 'All nodes outside loops, in the order of the blueprint; at most 10,000.',
      resolve: ({ message }) => [...message.nodes],
    }),
  }),
});

const ExecutionEvents = builder.objectRef<Placed<EventsMessage>>('ExecutionEvents').implement({
  description: 'The next 1 to 100 events, no gap, no duplicate.',
  fields: (t) => ({
    cursor: t.string({
      description: CURSOR,
      resolve: ({ executionId, message }) => encodeCursor(executionId, message.sequence),
    }),
    events: t.field({
      type: [ExecutionEvent],
      description: 'In order; those that pass the filter.',
      resolve: ({ executionId, message }) => message.events.map((event) => ({ executionId, event })),
    }),
    execution: t.field({
      type: ExecutionType,
      description: 'Never older than `cursor`.',
      resolve: ({ message }) => message.execution,
    }),
    nodes: t.field({
      type: [ExecutionNode],
      description: 'Those that the events touched, never older than `cursor`.',
      resolve: ({ message }) => [...message.nodes],
    }),
  }),
});

const ExecutionDelta = builder.objectRef<Placed<DeltaMessage>>('ExecutionDelta').implement({
  description:
    'The next piece of the text of a running attempt: not stored, without a cursor. Set it at `offset` of what you hold ' +
    'of that attempt and channel. What lies before `offset` and you do not hold is missing.',
  fields: (t) => ({
    nodeId: t.id({
      description: 'Of the ExecutionNode. What runs in a loop is not listed, and has an ID all the same.',
      resolve: ({ executionId, message }) =>
        encodeGlobalId('ExecutionNode', nodeLocalId({ executionId, path: message.path })),
    }),
    path: t.string({ description: 'Its place, as in events.', resolve: ({ message }) => message.path }),
    attempt: t.int({
      description: 'Counted from 1. A new attempt begins a new text at 0.',
      resolve: ({ message }) => message.attempt,
    }),
    channel: t.field({ type: DeltaChannel, description: 'Which text.', resolve: ({ message }) => message.channel }),
    offset: t.field({
      type: 'SafeInt',
      description: 'In UTF-16 units from the start of the text, as string.length counts.',
      resolve: ({ message }) => message.offset,
    }),
    text: t.string({
      description:
        'At most 262,144 UTF-16 units; what a slow client did not take is merged. Empty: all before `offset` is missing.',
      resolve: ({ message }) => message.text,
    }),
  }),
});

const StreamLagged = builder.objectRef<Placed<LaggedMessage>>('StreamLagged').implement({
  description: 'The last message of a stream that was too slow: subscribe again after `resumeAfter`.',
  fields: (t) => ({
    resumeAfter: t.string({
      description: 'The place that you have come to.',
      resolve: ({ executionId, message }) => encodeCursor(executionId, message.sequence),
    }),
  }),
});

const CursorExpired = builder.objectRef<CursorExpiredOf>('CursorExpired').implement({
  description: 'The events after this cursor are purged; subscribe without `after`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ cursor: t.exposeString('cursor', { description: 'As you gave it.' }) }),
});

const TYPE_NAMES = {
  snapshot: 'ExecutionSnapshot',
  events: 'ExecutionEvents',
  delta: 'ExecutionDelta',
  lagged: 'StreamLagged',
} as const;

export const ExecutionMessage = builder.unionType('ExecutionMessage', {
  description:
    'Without `after`: Snapshot, then live. With `after`: Events up to now, Snapshot, then live. Live is Events and, where ' +
    'they are selected, Deltas.',
  types: [ExecutionSnapshot, ExecutionEvents, ExecutionDelta, StreamLagged, CursorExpired, NotFoundError],
  resolveType: (member: Member) => ('kind' in member ? member.kind : TYPE_NAMES[member.message.type]),
});

/** What one message of a subscription is executed with. */
export interface ExecutionPayload extends Partial<ExtendedPayload & SharedPayload> {
  readonly member: Member;
}

/** A message as the union's member, with its cursor for `extensions`; errors and deltas have none. */
export function toExecutionPayload(of: { readonly executionId: ExecutionId; readonly globalId: string }) {
  const { executionId } = of;
  return (message: FollowMessage): ExecutionPayload => {
    switch (message.type) {
      case 'notFound':
        return { member: notFound('execution', of.globalId) };
      case 'expired':
        return { member: message.error };
      case 'snapshot':
        return { ...withCursor(executionId, message.sequence), member: { executionId, message } };
      case 'events':
        return eventsPayload(executionId, message);
      case 'delta':
        return { member: { executionId, message } };
      case 'lagged':
        return { ...withCursor(executionId, message.sequence), member: { executionId, message } };
    }
  };
}

const eventsPayloads = new WeakMap<EventsMessage, ExecutionPayload>();

/** Made once for all who hear the message. */
function eventsPayload(executionId: ExecutionId, message: EventsMessage): ExecutionPayload {
  const known = eventsPayloads.get(message);
  if (known !== undefined) return known;
  const payload = { ...withCursor(executionId, message.sequence), heard: message, member: { executionId, message } };
  eventsPayloads.set(message, payload);
  return payload;
}

const withCursor = (executionId: ExecutionId, sequence: number): ExtendedPayload => ({
  extensions: { cursor: encodeCursor(executionId, sequence) },
});
