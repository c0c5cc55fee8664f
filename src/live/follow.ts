import type { Clock } from '../core/clock.ts';
import { passes, textOfFilter, type EventFilter } from './event-filter.ts';
import { endsExecution, type ExecutionView } from './execution-view.ts';
import type { HeldView } from './execution-views.ts';
import type { EventsMessage, StreamMessage } from './follow-message.ts';
import { pullStream, type Listener, type Live, type PullStream } from './pull-stream.ts';
import type { Batch } from './recent-events.ts';
import { createTextReader, type TextReader } from './text-reader.ts';

const RETRY_MS = 200;

export interface FollowDeps {
  readonly clock: Clock;
  /** A reader with an event undelivered for longer is told to subscribe again. */
  readonly maxLagMs: number;
  readonly onLagged?: (() => void) | undefined;
  /**
   * Told of each message to readers who follow live: the instant of its newest event, in milliseconds since 1970, and how
   * many they are.
   */
  readonly onDelivered?: ((at: number, readers: number) => void) | undefined;
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
export function follow(request: FollowRequest, deps: FollowDeps): PullStream<StreamMessage> {
  const { held, after, filter, wantsDeltas = false } = request;
  const { view } = held;
  const text = createTextReader(view, { wantsDeltas, filter });
  const selected = textOfFilter(filter ?? {});
  const reader: Reader = { view, filter, selected, wantsDeltas, text, position: after ?? 0, level: false };
  return pullStream(
    (signal) => messages(reader, { ...deps, after }, signal),
    held.release,
    // Text comes in pieces that grow while they wait: it is pulled.
    wantsDeltas ? undefined : liveOf(reader, deps),
  );
}

/** One who follows, and the place to which it has come. */
interface Reader extends Readonly<Pick<FollowRequest, 'filter'>> {
  readonly view: ExecutionView;
  /** The same for filters that select the same. */
  readonly selected: string;
  readonly wantsDeltas: boolean;
  readonly text: TextReader;
  position: number;
  /** It has had its snapshot. */
  level: boolean;
}

const liveOf = (reader: Reader, deps: FollowDeps): Live<StreamMessage> => ({
  source: reader.view,
  selected: reader.selected,
  place: () => (reader.level && reader.view.sequence <= reader.position ? reader.position : undefined),
  moveTo(place) {
    reader.position = place;
  },
  listen: (listener, signal) => tellLive(reader, deps, { listener, signal }),
});

/** Events at the moment when they come; it is left to pulling what is no longer recent, and the last event. */
function tellLive(
  reader: Reader,
  deps: FollowDeps,
  { listener, signal }: { readonly listener: Listener<StreamMessage>; readonly signal: AbortSignal },
): Promise<void> {
  const { view, text } = reader;
  // Not the one of the reader that asks first: it may go, and others stay.
  let position = view.sequence;
  return view.listen(signal, () => {
    while (view.sequence > position) {
      const batch = view.recent(position);
      if (batch === undefined || endsExecution(batch)) return false;
      position = batch.to;
      const message = toMessage(reader, batch);
      if (message === undefined) {
        listener.pass(position);
        continue;
      }
      const { readers } = listener;
      const isWanted = listener.take(text.withTexts(message), position);
      tellDelivered(batch, deps, readers);
      if (!isWanted) return false;
    }
    return !view.finished;
  });
}

async function* messages(
  reader: Reader,
  deps: FollowDeps & Pick<FollowRequest, 'after'>,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage, void, undefined> {
  const { view, wantsDeltas, text } = reader;
  const { clock, maxLagMs } = deps;
  let pulledAfterMs = 0;
  // Where it begins is where the execution is when it is first asked.
  reader.position = deps.after ?? view.sequence;

  /** Live, an event may wait for the reader so long; while it catches up, the reader only has to go on reading. */
  const isTooSlow = (): boolean =>
    reader.level ? view.knownAt(clock.monotonicMs() - maxLagMs) > reader.position : pulledAfterMs > maxLagMs;

  for (;;) {
    if (!reader.level && reader.position >= view.sequence) {
      reader.level = true;
      // After a snapshot the stream is as new as the view, also when it was asked for without `after`.
      reader.position = view.sequence;
      const { finished } = view;
      yield text.atLevel(view.snapshot());
      if (finished) return;
    }
    if (view.sequence <= reader.position) {
      if (!text.isDue) await view.beyond(reader.position, signal, wantsDeltas ? 'eventsOrText' : 'events');
      else yield* text.pending(() => view.sequence > reader.position);
      continue;
    }
    if (isTooSlow()) {
      deps.onLagged?.();
      yield { type: 'lagged', sequence: reader.position };
      return;
    }
    const batch = await nextBatch(view, reader.position, { deps, signal });
    if (reader.level) yield* text.endedBy(batch.events);
    reader.position = batch.to;
    const message = toMessage(reader, batch);
    if (message) {
      if (reader.level) tellDelivered(batch, deps);
      const sentAtMs = clock.monotonicMs();
      yield text.withTexts(message);
      pulledAfterMs = clock.monotonicMs() - sentAtMs;
    }
    if (reader.level && endsExecution(batch)) return;
  }
}

/** The newest event of a message has waited the least: it says how late live progress is. */
function tellDelivered({ events }: Batch, { onDelivered }: FollowDeps, readers = 1): void {
  const newest = events.at(-1);
  if (newest !== undefined) onDelivered?.(newest.at, readers);
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

/** What is selected of a batch, by its filter. */
const selections = new WeakMap<Batch, Map<string, EventsMessage | undefined>>();

/** The same for all who select the same. Undefined when that is nothing: a reader's place moves on with the next message. */
function toMessage({ view, filter, selected }: Reader, batch: Batch): EventsMessage | undefined {
  if (filter === undefined) return view.message(batch);
  const messages = selections.get(batch) ?? new Map<string, EventsMessage | undefined>();
  selections.set(batch, messages);
  if (messages.has(selected)) return messages.get(selected);
  const events = batch.events.filter((event) => passes(event, filter));
  const message: EventsMessage | undefined =
    events.length === 0
      ? undefined
      : { type: 'events', sequence: batch.to, events, execution: view.execution(), nodes: view.touched(events) };
  messages.set(selected, message);
  return message;
}
