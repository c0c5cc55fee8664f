import type { Clock } from '../core/clock.ts';
import { BlueprintId, type ExecutionId, type TenantId } from '../core/ids.ts';
import type { Committed } from '../execution/committed.ts';
import { isTerminalEvent, type ExecutionEventOf, type RecordedEvent } from '../execution/events.ts';
import type { JournalPage } from '../execution/journal-page.ts';
import type { ExecutionState, RunningAttempt } from '../execution/state.ts';
import { createArrivals } from './arrivals.ts';
import { createFold, type Fold } from './fold.ts';
import type { EventsMessage, ExecutionNow, NodeNow, SnapshotMessage } from './follow-message.ts';
import type { Journal, JournalReader } from './journal-reader.ts';
import type { News } from './live-bus.ts';
import type { LiveTexts } from './live-texts.ts';
import { createRecentEvents, type Batch } from './recent-events.ts';
import { createSharedPages } from './shared-pages.ts';
import { createTextRounds } from './text-rounds.ts';
import { createWaiting, type WaitsFor } from './waiting.ts';

const FOLD_PAGE_EVENTS = 1_000;

/** The plan of an execution, found by what its request pinned. */
export type LoadPlan = (
  tenant: TenantId,
  requested: ExecutionEventOf<'executionRequested'>,
) => Promise<ExecutionState['plan']>;

export interface ViewDeps {
  readonly journal: Pick<Journal, 'read'>;
  readonly reader: JournalReader;
  readonly loadPlan: LoadPlan;
  readonly texts: LiveTexts;
  readonly clock: Pick<Clock, 'monotonicMs' | 'delay'>;
  /** Fires when nobody will read any more. */
  readonly closing: AbortSignal;
  /** How far back `knownAt` must tell. */
  readonly maxLagMs: number;
  /** A gap could not be read; the next look tries again. */
  readonly onReadFailed?: ((error: unknown) => void) | undefined;
}

/** One execution as this process sees it: folded once, read by all who follow it here. */
export interface ExecutionView {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  /** Of the last event that is folded. */
  readonly sequence: number;
  readonly finished: boolean;
  execution(): ExecutionNow;
  snapshot(): SnapshotMessage;
  /** The listed nodes that these events touched, as they are now. */
  touched(events: readonly RecordedEvent[]): readonly NodeNow[];
  /** A batch as readers are told it; the same batch is the same message, so that its work is done once. */
  message(batch: Batch): EventsMessage;
  /** The node at a path that is listed. */
  node(path: string): NodeNow | undefined;
  /** The next events behind a place: at once while they are recent, else from the journal. */
  after(position: number): Batch | Promise<Batch>;
  /** The same, where they are recent. */
  recent(position: number): Batch | undefined;
  /** Resolves when there is an event behind that place, or sooner by text; rejects when the signal fires. */
  beyond(position: number, signal: AbortSignal, waitsFor?: WaitsFor): Promise<void>;
  /** Calls now and at each event, until the answer is false; rejects when the signal fires. */
  listen(signal: AbortSignal, goesOn: () => boolean): Promise<void>;
  /** The attempt that runs at a path, also of what is not listed. */
  running(path: string): RunningAttempt | undefined;
  readonly texts: LiveTexts;
  /** Grows when there is more text, at most fifty times a second. */
  readonly textRound: number;
  /** Hears that there is more text. */
  hearText(): void;
  /** The last sequence that was known at an instant of the monotonic clock. */
  knownAt(atMs: number): number;
  /** Takes news of the bus; reads the journal when events are missing. */
  hear(news: News<Committed>): void;
}

/** Folds an execution up to now; undefined when there is none that this tenant may see. */
export async function openView(
  of: { readonly tenant: TenantId; readonly executionId: ExecutionId },
  deps: ViewDeps,
): Promise<ExecutionView | undefined> {
  const fold = await foldJournal(of, deps);
  return fold && createView(of, fold, deps);
}

async function foldJournal(
  { tenant, executionId }: { readonly tenant: TenantId; readonly executionId: ExecutionId },
  { journal, loadPlan }: ViewDeps,
): Promise<Fold | undefined> {
  let page = await journal.read(tenant, executionId, 0, FOLD_PAGE_EVENTS);
  const [requested, ...rest] = page.events;
  if (requested === undefined) return undefined;
  if (requested.type !== 'executionRequested')
    throw new Error(`Execution ${executionId} begins with ${requested.type}.`);
  const plan = await loadPlan(tenant, requested);
  const fold = createFold(
    { tenant, executionId, blueprintId: BlueprintId.parse(requested.blueprintId) },
    plan,
    requested,
  );
  fold.add(rest);
  while (page.more) {
    page = await journal.read(tenant, executionId, fold.sequence, FOLD_PAGE_EVENTS);
    fold.add(page.events);
  }
  return fold;
}

function createView(
  of: { readonly tenant: TenantId; readonly executionId: ExecutionId },
  fold: Fold,
  deps: ViewDeps,
): ExecutionView {
  const { reader, clock } = deps;
  const recent = createRecentEvents();
  const pages = createSharedPages(of, reader);
  const arrivals = createArrivals(deps.maxLagMs);
  const messages = new WeakMap<Batch, EventsMessage>();
  const waiting = createWaiting();
  const rounds = createTextRounds({ ...deps, onRound: () => waiting.wake('text') });
  let reading = false;
  let looks = 0;
  arrivals.note(fold.sequence, clock.monotonicMs());

  function take(events: readonly RecordedEvent[]): void {
    const fresh = events.filter(({ sequence }) => sequence > fold.sequence);
    if (fresh.length === 0) return;
    try {
      fold.add(fresh);
    } catch (error) {
      waiting.fail(error);
      throw error;
    }
    const atMs = clock.monotonicMs();
    arrivals.note(fold.sequence, atMs);
    recent.add(fresh, atMs);
    waiting.wake('event');
  }

  async function readGap(): Promise<void> {
    reading = true;
    try {
      let page: JournalPage;
      let seen: number;
      do {
        seen = looks;
        page = await reader.page({ ...of, after: fold.sequence });
        take(page.events);
        // What was said while the journal was read may not be in what was read.
      } while (page.more || seen !== looks);
    } catch (error) {
      deps.onReadFailed?.(error);
    } finally {
      reading = false;
    }
  }

  /** Never beyond the fold: what a message says of nodes must not be older than its place. */
  async function readPage(position: number): Promise<Batch> {
    const page = await pages.after(position, fold.sequence);
    if (page.events.length === 0) {
      throw new Error(`Events of execution ${of.executionId} behind ${position} are folded, but not in the journal.`);
    }
    if (page.to <= fold.sequence) return page;
    const to = fold.sequence;
    return { from: position, to, events: page.events.slice(0, to - position) };
  }

  return {
    ...of,
    get sequence() {
      return fold.sequence;
    },
    get finished() {
      return fold.finished;
    },
    execution: () => fold.execution(),
    snapshot: () => fold.snapshot(),
    node: (path) => fold.node(path),
    touched: (events) => fold.touched(events),
    message(batch) {
      const known = messages.get(batch);
      if (known) return known;
      const { to: sequence, events } = batch;
      const message: EventsMessage = {
        type: 'events',
        sequence,
        events,
        execution: fold.execution(),
        nodes: fold.touched(events),
      };
      messages.set(batch, message);
      return message;
    },
    after: (position) => recent.after(position) ?? readPage(position),
    recent: (position) => recent.after(position),
    listen: (signal, goesOn) => waiting.listen(signal, goesOn),
    knownAt: (atMs) => arrivals.knownAt(atMs),
    hear(news) {
      if (news === 'look') {
        // Each second, also when it is finished: what nobody has asked for since takes no room.
        recent.forget(clock.monotonicMs());
        pages.clear();
      }
      if (fold.finished) return;
      if (news !== 'look') {
        // A gift of the process that committed them, while they join on: else the journal has what is missing.
        const { events: gift = [] } = news;
        const [first] = gift;
        if (first && first.sequence <= fold.sequence + 1) take(gift);
        if (news.lastSequence <= fold.sequence) return;
      }
      looks += 1;
      if (!reading) void readGap();
    },
    beyond: (position, signal, waitsFor = 'events') =>
      fold.sequence > position ? Promise.resolve() : waiting.wait(signal, waitsFor),
    running: (path) => fold.running(path),
    texts: deps.texts,
    get textRound() {
      return rounds.count;
    },
    hearText: rounds.hear,
  };
}

/** True when nothing follows an event of this batch. */
export const endsExecution = (batch: Batch): boolean => batch.events.some(isTerminalEvent);
