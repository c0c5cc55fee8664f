import { isTerminalEvent } from '../execution/events.ts';
import { passesText, type EventFilter } from './event-filter.ts';
import type { ExecutionView } from './execution-view.ts';
import type { DeltaMessage, EventsMessage, NodeNow, NodeTexts, SnapshotMessage } from './follow-message.ts';
import { DELTA_CHANNELS, type AttemptTexts, type DeltaChannel } from './text-buffer.ts';

type Text = AttemptTexts[DeltaChannel];

/**
 * What one reader of an execution knows of the text of its attempts. It holds places and no text: to a slow reader what
 * was said meanwhile is one delta.
 */
export interface TextReader {
  /** There may be more text since the last time that all of it was read. */
  readonly isDue: boolean;
  /** What the reader does not know yet, each delta made when it is asked for, until something goes before it. */
  pending(goesBefore: () => boolean): Generator<DeltaMessage, void, undefined>;
  /** Of the attempts that these events end: they come before the events. */
  endedBy(events: EventsMessage['events']): Generator<DeltaMessage, void, undefined>;
  /** The message with all text so far; deltas go on behind it. */
  atLevel(message: SnapshotMessage): SnapshotMessage;
  /** The message with the text that the reader knows: what a node says is never ahead of the deltas. */
  withTexts(message: EventsMessage): EventsMessage;
}

export interface TextReaderSettings {
  readonly wantsDeltas: boolean;
  readonly filter: EventFilter | undefined;
}

export function createTextReader(view: ExecutionView, { wantsDeltas, filter = {} }: TextReaderSettings): TextReader {
  /** Up to where it was told; of what is not in here, nothing. */
  const known = new WeakMap<Text, number>();
  let round = -1;

  const all = (): readonly AttemptTexts[] => view.texts.of(view.executionId);
  const gets = ({ path }: { readonly path: string }): boolean => wantsDeltas && passesText(path, filter);

  function* next(attempts: readonly AttemptTexts[]): Generator<DeltaMessage, void, undefined> {
    for (const texts of attempts.filter(gets)) {
      for (const channel of DELTA_CHANNELS) {
        const text = texts[channel];
        const from = known.get(text) ?? 0;
        if (text.end <= from) continue;
        const offset = Math.max(from, text.start);
        const { path, attempt } = texts;
        known.set(text, text.end);
        // Empty where all of it is gone: the place alone says how much is missing.
        yield { type: 'delta', path, attempt, channel, offset, text: text.read(offset, text.end) };
      }
    }
  }

  function learn(texts: AttemptTexts): void {
    for (const channel of DELTA_CHANNELS) known.set(texts[channel], texts[channel].end);
  }

  /** Without deltas the present end is as good a place as any. */
  const upTo =
    (texts: AttemptTexts): Place =>
    (channel) =>
      gets(texts) ? (known.get(texts[channel]) ?? 0) : texts[channel].end;

  return {
    get isDue() {
      return wantsDeltas && round !== view.textRound;
    },
    *pending(goesBefore) {
      const { textRound } = view;
      for (const delta of next(all())) {
        yield delta;
        // The rest waits, and grows into one delta for each text.
        if (goesBefore()) return;
      }
      round = textRound;
    },
    *endedBy(events) {
      if (!wantsDeltas) return;
      if (events.some(isTerminalEvent)) return yield* next(all());
      const attempts = all();
      if (attempts.length === 0) return;
      const ends = new Set(events.flatMap((event) => ('attempt' in event ? [keyOf(event)] : [])));
      yield* next(attempts.filter((texts) => ends.has(keyOf(texts))));
    },
    atLevel(message) {
      const attempts = all();
      const listed = new Map(attempts.length === 0 ? [] : message.nodes.map(({ path, attempt }) => [path, attempt]));
      for (const texts of attempts) {
        const { path, attempt, isOver } = texts;
        const present = listed.get(path);
        // What runs in a loop is no node of the message: its text comes as deltas, from its start. What ended comes no more.
        const isPast = present === undefined ? isOver && view.running(path)?.attempt !== attempt : present >= attempt;
        if (isPast) learn(texts);
      }
      const nodes = withNodeTexts(view, message.nodes, (texts) => (channel) => texts[channel].end);
      return nodes === message.nodes ? message : { ...message, nodes };
    },
    withTexts(message) {
      const shared = wantsDeltas ? undefined : withoutDeltas.get(message);
      if (shared) return shared;
      const nodes = withNodeTexts(view, message.nodes, upTo);
      const told = nodes === message.nodes ? message : { ...message, nodes };
      if (!wantsDeltas) withoutDeltas.set(message, told);
      return told;
    },
  };
}

/** Those who hear no deltas hear the same: it is looked at once for all, so that its work is done once. */
const withoutDeltas = new WeakMap<EventsMessage, EventsMessage>();

type Place = (channel: DeltaChannel) => number;

/** The nodes with what their running attempts have said up to a place; the same nodes where nobody says anything. */
export function withNodeTexts(
  view: ExecutionView,
  nodes: readonly NodeNow[],
  placeOf: (texts: AttemptTexts) => Place,
): readonly NodeNow[] {
  const attempts = new Map(view.texts.of(view.executionId).map((texts) => [keyOf(texts), texts] as const));
  const changed = new Map<NodeNow, NodeNow>();
  for (const node of nodes) {
    if (node.status !== 'running') continue;
    const found = attempts.size > 0 ? attempts.get(keyOf(node)) : undefined;
    const texts = found ? textsUpTo(found, placeOf(found)) : unheard(view, node);
    if (texts) changed.set(node, { ...node, texts });
  }
  return changed.size > 0 ? nodes.map((node) => changed.get(node) ?? node) : nodes;
}

/** A node as somebody who follows nothing asks for it: with all text so far. */
export const withTextsNow = (view: ExecutionView, node: NodeNow): NodeNow =>
  withNodeTexts(view, [node], (texts) => (channel) => texts[channel].end)[0] ?? node;

const keyOf = ({ path, attempt }: { readonly path: string; readonly attempt: number }): string => `${attempt} ${path}`;

/** Read when it is asked for: most who read a node do not select its text. */
function textsUpTo(texts: AttemptTexts, place: Place): NodeTexts {
  const [text, log] = [lazyPart(texts.text, place('text')), lazyPart(texts.log, place('log'))];
  return {
    text,
    log,
    get isMissing() {
      return text.offset > 0 || log.offset > 0;
    },
  };
}

function lazyPart(kept: Text, end: number): NodeTexts['text'] {
  let read: NodeTexts['text'] | undefined;
  const part = (): NodeTexts['text'] => {
    const offset = Math.min(kept.start, end);
    read ??= { offset, text: end === 0 ? null : kept.read(offset, end) };
    return read;
  };
  return {
    get offset() {
      return part().offset;
    },
    get text() {
      return part().text;
    },
  };
}

/** Nothing is known of its attempt: it was silent, or it spoke before this process listened. */
function unheard(view: ExecutionView, { path, attempt }: NodeNow): NodeTexts | undefined {
  const running = view.running(path);
  if (running?.attempt !== attempt) return undefined;
  const { executionId } = view;
  if (!view.texts.mayHaveMissed({ executionId, path, attempt, startedAt: running.startedAt })) return undefined;
  const nothing = { offset: 0, text: null };
  return { text: nothing, log: nothing, isMissing: true };
}
