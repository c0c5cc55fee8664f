import type { Clock } from '../core/clock.ts';
import { passes, type EventFilter } from './event-filter.ts';
import { endsExecution, type ExecutionView } from './execution-view.ts';
import type { HeldView } from './execution-views.ts';
import type { EventsMessage, StreamMessage } from './follow-message.ts';
import { pullStream } from './pull-stream.ts';
import type { Batch } from './recent-events.ts';
import { createTextReader } from './text-reader.ts';

const RETRY_MS = 200;

export interface FollowDeps {
  readonly clock: Clock;
  /** A reader with an event undelivered for longer is told to subscribe again. */
  readonly maxLagMs: number;
  readonly onLagged?: (() => void) | undefined;
}

export interface FollowRequest {
  /** Held for this follower, released at its end. */
  readonly held: HeldView;
  /** The sequence up to which the reader knows everything; undefined: it begins with a snapshot. */
  readonly after: number | undefined;
  readonly filter?: EventFilter | undefined;
  /** The text of running attempts comes too. Default: it does not. */
  readonly wantsDeltas?: boolean | undefined;
}

/**
 * The messages of one execution for one reader, which pulls at its own pace: what it has missed, one snapshot, then live
 * until the end. It holds no queue: a slow reader reads recent events or the journal from where it is.
 */
export const follow = (request: FollowRequest, deps: FollowDeps): AsyncGenerator<StreamMessage, void, undefined> =>
  pullStream((signal) => messages(request, deps, signal), request.held.release);

async function* messages(
  { held: { view }, after, filter, wantsDeltas = false }: FollowRequest,
  deps: FollowDeps,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage, void, undefined> {
  const { clock, maxLagMs } = deps;
  let position = after ?? view.sequence;
  let level = false;
  let pulledAfterMs = 0;
  const text = createTextReader(view, { wantsDeltas, filter });

  /** Live, an event may wait for the reader so long; while it catches up, the reader only has to go on reading. */
  const isTooSlow = (): boolean =>
    level ? view.knownAt(clock.monotonicMs() - maxLagMs) > position : pulledAfterMs > maxLagMs;

  for (;;) {
    if (!level && position >= view.sequence) {
      level = true;
      // After a snapshot the stream is as new as the view, also when it was asked for without `after`.
      position = view.sequence;
      const { finished } = view;
      yield text.atLevel(view.snapshot());
      if (finished) return;
    }
    if (view.sequence <= position) {
      if (!text.isDue) await view.beyond(position, signal, wantsDeltas ? 'eventsOrText' : 'events');
      else yield* text.pending(() => view.sequence > position);
      continue;
    }
    if (isTooSlow()) {
      deps.onLagged?.();
      yield { type: 'lagged', sequence: position };
      return;
    }
    const batch = await nextBatch(view, position, { deps, signal });
    if (level) yield* text.endedBy(batch.events);
    position = batch.to;
    const message = toMessage(view, batch, filter);
    if (message) {
      const sentAtMs = clock.monotonicMs();
      yield text.withTexts(message);
      pulledAfterMs = clock.monotonicMs() - sentAtMs;
    }
    if (level && endsExecution(batch)) return;
  }
}

/** Reads on while the database is away, for as long as a reader may be behind. */
async function nextBatch(
  view: ExecutionView,
  position: number,
  { deps: { clock, maxLagMs }, signal }: { readonly deps: FollowDeps; readonly signal: AbortSignal },
): Promise<Batch> {
  const giveUpAtMs = clock.monotonicMs() + maxLagMs;
  for (;;) {
    try {
      return await view.after(position);
    } catch (error) {
      if (clock.monotonicMs() >= giveUpAtMs) throw error;
      await clock.delay(RETRY_MS, signal);
    }
  }
}

/** Undefined when the reader wants nothing of it: its place moves on with the next message. */
function toMessage(view: ExecutionView, batch: Batch, filter: EventFilter | undefined): EventsMessage | undefined {
  if (filter === undefined) return view.message(batch);
  const events = batch.events.filter((event) => passes(event, filter));
  if (events.length === 0) return undefined;
  return { type: 'events', sequence: batch.to, events, execution: view.execution(), nodes: view.touched(events) };
}
