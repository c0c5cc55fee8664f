import type { ExecutionId } from '../../core/ids.ts';
import { decodeCursor, encodeCursor } from '../../live/cursor.ts';
import type { EventPage } from '../../use-cases/list-execution-events.ts';
import { builder } from '../builder.ts';
import type { Connection, CursorCodec } from '../connection.ts';
import { badRequest } from '../problem.ts';
import { ExecutionEvent, type PlacedEvent } from './event.ts';

export const ExecutionEventConnection = builder.connectionObject({
  type: ExecutionEvent,
  name: 'ExecutionEventConnection',
});

/** The same cursors as those of the subscription; a wrong one says what is wrong with it. */
export const eventCursors = (executionId: ExecutionId): CursorCodec<number> => ({
  encode: (sequence) => encodeCursor(executionId, sequence),
  decode(cursor) {
    const sequence = decodeCursor(executionId, cursor);
    if (!sequence.ok) throw badRequest(sequence.error);
    return sequence.value;
  },
});

/** One page of the journal. With a filter its ends may lie behind events that did not pass. */
export function toEventConnection(executionId: ExecutionId, page: EventPage): Connection<PlacedEvent> {
  const { encode } = eventCursors(executionId);
  return {
    edges: page.items.map((event) => ({ cursor: encode(event.sequence), node: { executionId, event } })),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: page.first === undefined ? null : encode(page.first),
      endCursor: page.last === undefined ? null : encode(page.last),
    },
  };
}
