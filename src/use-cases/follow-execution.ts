import type { InvalidInputError } from '../core/errors.ts';
import type { ExecutionId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import { decodeCursor } from '../live/cursor.ts';
import type { EventFilter } from '../live/event-filter.ts';
import type { ExecutionView } from '../live/execution-view.ts';
import type { ExecutionViews, HeldView } from '../live/execution-views.ts';
import { follow, type FollowDeps } from '../live/follow.ts';
import type { FollowMessage } from '../live/follow-message.ts';
import type { PullStream } from '../live/pull-stream.ts';
import type { EventStore } from '../store/event-store.ts';
import { beyondTheEnd } from './list-execution-events.ts';
import { noExecution } from './no-execution.ts';
import { requireExecution, type Viewer } from './viewer.ts';

export interface FollowExecutionRequest {
  readonly executionId: ExecutionId;
  /** A cursor up to which the client knows everything; undefined: it begins with a snapshot. */
  readonly after?: string | undefined;
  readonly filter?: EventFilter | undefined;
  /** The text of running attempts comes too. Default: it does not. */
  readonly wantsDeltas?: boolean | undefined;
}

/** A stream that its reader pulls; `return()` ends it at once. */
export interface FollowedExecution {
  readonly messages: PullStream<FollowMessage>;
  /** The client knows the last event of a finished execution: nothing will ever come. */
  readonly isOver: boolean;
}

/** Everything that happens in one execution, from a cursor or from now. */
export type FollowExecution = (
  viewer: Viewer,
  request: FollowExecutionRequest,
) => Promise<Result<FollowedExecution, InvalidInputError>>;

export interface FollowExecutionDeps extends FollowDeps {
  readonly views: ExecutionViews;
  readonly events: Pick<EventStore, 'getEvents'>;
}

export function createFollowExecution(deps: FollowExecutionDeps): FollowExecution {
  return async (viewer, { executionId, after, filter, wantsDeltas }) => {
    requireExecution(viewer, executionId);
    const held = await deps.views.acquire(viewer.tenant, executionId);
    if (held === undefined) return ok({ messages: onlyNotFound(executionId), isOver: false });
    let place: Result<number | undefined, InvalidInputError> | undefined;
    try {
      place = await toPlace(held, after, deps);
    } finally {
      if (place?.ok !== true) held.release();
    }
    if (!place.ok) return place;
    const isOver = held.view.finished && place.value === held.view.sequence;
    return ok({ messages: follow({ held, after: place.value, filter, wantsDeltas }, deps), isOver });
  };
}

async function toPlace(
  { view }: HeldView,
  after: string | undefined,
  { events, maxLagMs }: FollowExecutionDeps,
): Promise<Result<number | undefined, InvalidInputError>> {
  if (after === undefined) return ok(undefined);
  const { tenant, executionId } = view;
  const decoded = decodeCursor(executionId, after);
  if (!decoded.ok) {
    const message = decoded.error;
    return err({ kind: 'InvalidInputError', message, issues: [{ rule: 'cursor', path: '/after', message }] });
  }
  const sequence = decoded.value;
  if (sequence > view.sequence) {
    // Another process may have told the client of an event before this one has heard of it.
    const [event] = await events.getEvents(tenant, [{ executionId, sequence }]);
    if (event === undefined) return err(beyondTheEnd(sequence));
    await catchUp(view, sequence, AbortSignal.timeout(maxLagMs));
  }
  return decoded;
}

async function catchUp(view: ExecutionView, sequence: number, signal: AbortSignal): Promise<void> {
  view.hear('look');
  while (view.sequence < sequence) await view.beyond(view.sequence, signal);
}

async function* onlyNotFound(executionId: ExecutionId): AsyncGenerator<FollowMessage, void, undefined> {
  yield { type: 'notFound', error: noExecution(executionId) };
}
