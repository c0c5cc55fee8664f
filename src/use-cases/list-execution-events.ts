import type { InvalidInputError } from '../core/errors.ts';
import type { ExecutionId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { RecordedEvent } from '../execution/events.ts';
import { passes, type EventFilter } from '../live/event-filter.ts';
import type { EventStore } from '../store/event-store.ts';
import type { PageArguments } from './page.ts';
import { requireExecution, type Viewer } from './viewer.ts';

const READ_EVENTS = 1_000;
/** A filter that matches nothing looks at no more events than this for one page. */
const MAX_SCANNED_EVENTS = 20_000;
/** Behind every event: sequences are `int4` in the database. */
const MAX_SEQUENCE = 2 ** 31 - 1;

export interface ListExecutionEventsRequest {
  readonly executionId: ExecutionId;
  readonly page: PageArguments<number>;
  readonly filter?: EventFilter | undefined;
}

/** A page of the journal. `first` and `last` are the sequences at its ends, also of events that the filter left out. */
export interface EventPage {
  readonly items: readonly RecordedEvent[];
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** The same events and cursors as the subscription; oldest first. */
export type ListExecutionEvents = (
  viewer: Viewer,
  request: ListExecutionEventsRequest,
) => Promise<Result<EventPage, InvalidInputError>>;

interface ListExecutionEventsDeps {
  readonly events: Pick<EventStore, 'read' | 'readBackward' | 'getEvents'>;
}

export function createListExecutionEvents(deps: ListExecutionEventsDeps): ListExecutionEvents {
  return async (viewer, request) => {
    requireExecution(viewer, request.executionId);
    const { page, executionId } = request;
    const found = await scan(deps, viewer, request);
    const { after = 0 } = page;
    if (found.items.length === 0 && after > 0) {
      const [event] = await deps.events.getEvents(viewer.tenant, [{ executionId, sequence: after }]);
      if (event === undefined) return err(beyondTheEnd(after));
    }
    return ok(found);
  };
}

/** A cursor that no event of the execution has. */
export function beyondTheEnd(sequence: number): InvalidInputError {
  const message = `This cursor lies behind event ${sequence}, which the execution does not have.`;
  return { kind: 'InvalidInputError', message, issues: [{ rule: 'cursor', path: '/after', message }] };
}

async function scan(
  { events }: ListExecutionEventsDeps,
  { tenant }: Viewer,
  { executionId, page, filter }: ListExecutionEventsRequest,
): Promise<EventPage> {
  const { limit, direction, after = 0, before = Infinity } = page;
  const forward = direction === 'forward';
  const matching: RecordedEvent[] = [];
  let place = forward ? after : before;
  let scanned = 0;
  let isOver = false;
  // One more than the page: whether there is another page.
  while (!isOver && matching.length <= limit && scanned < MAX_SCANNED_EVENTS) {
    const size = filter ? READ_EVENTS : limit + 1;
    const read = forward
      ? await events.read(tenant, executionId, place, size)
      : await events.readBackward(tenant, executionId, Math.min(place, MAX_SEQUENCE), size);
    const inRange = read.events.filter(({ sequence }) => sequence > after && sequence < before);
    isOver = !read.more || inRange.length < read.events.length;
    const passing = filter ? inRange.filter((event) => passes(event, filter)) : inRange;
    if (forward) matching.push(...passing);
    else matching.unshift(...passing);
    place = (forward ? inRange.at(-1) : inRange[0])?.sequence ?? place;
    scanned += read.events.length;
    // Large events: the page ends early, and the next one begins behind it.
    if (read.more && read.events.length < size && matching.length > 0) break;
  }
  const items = forward ? matching.slice(0, limit) : matching.slice(-limit);
  const isCut = !isOver || matching.length > limit;
  // Where the scan stopped before the page was full, the next page begins there.
  const edge = matching.length > limit || scanned === 0 ? undefined : place;
  return {
    items,
    first: forward ? items[0]?.sequence : (edge ?? items[0]?.sequence),
    last: forward ? (edge ?? items.at(-1)?.sequence) : items.at(-1)?.sequence,
    hasNextPage: forward ? isCut : before !== Infinity,
    hasPreviousPage: forward ? after > 0 : isCut,
  };
}
