import { expect } from 'vitest';
import { isTerminalEvent } from '../../src/execution/events.ts';
import type { DeltaMessage, NodeNow, StreamMessage } from '../../src/live/follow-message.ts';
import { endsAttempt } from '../../src/live/live-texts.ts';
import { DELTA_CHANNELS, type DeltaChannel } from '../../src/live/text-buffer.ts';
import type { LiveBench, Reader } from './live.ts';

/** What was said in whole, by the key of a text. */
type Truth = (key: string) => string;

interface Held {
  readonly offset: number;
  readonly text: string;
}

/** A client that folds deltas as the documentation says, through as many connections as it takes. */
export interface TextClient {
  readonly isDone: boolean;
  pull(): Promise<void>;
  drain(): Promise<void>;
  /** Loses its connection and comes again with its last cursor. */
  cut(): Promise<void>;
  /** Folds what has come, and checks each piece against what was said. */
  takeIn(truth: Truth): void;
}

export const keyOfText = (of: {
  readonly path: string;
  readonly attempt: number;
  readonly channel: DeltaChannel;
}): string => `${of.attempt} ${of.path} ${of.channel}`;

const NOTHING: Held = { offset: 0, text: '' };

export async function connectTextClient(bench: LiveBench, begin: number | undefined): Promise<TextClient> {
  const connect = (after: number | undefined): Promise<Reader> =>
    bench.follow({ wantsDeltas: true, ...(after === undefined ? {} : { after }) });
  let reader = await connect(begin);
  let cursor = begin;
  let seen = 0;
  let isLevel = false;
  let held = new Map<string, Held>();
  /** What had been said of texts in loops when the snapshot was taken: nobody is told of those that had ended by then. */
  let before = new Set<string>();

  function check(key: string, text: Held, truth: Truth): void {
    held.set(key, text);
    expect(text.text).toBe(truth(key).slice(text.offset, text.offset + text.text.length));
  }

  function takeDelta({ offset, text, ...of }: DeltaMessage, truth: Truth): void {
    const key = keyOfText(of);
    const known = held.get(key) ?? NOTHING;
    const end = known.offset + known.text.length;
    expect(offset, `${key} goes on at ${end}`).toBeGreaterThanOrEqual(end);
    check(key, offset === end ? { offset: known.offset, text: known.text + text } : { offset, text }, truth);
  }

  /** What a node says is what the deltas said: the newest part of it. */
  function checkNode({ path, attempt, texts }: NodeNow): void {
    if (texts === undefined) return;
    for (const channel of DELTA_CHANNELS) {
      const known = held.get(keyOfText({ path, attempt, channel })) ?? NOTHING;
      const { offset, text } = texts[channel];
      expect(offset + (text ?? '').length).toBe(known.offset + known.text.length);
      expect(known.text.endsWith(text ?? '') || (text ?? '').endsWith(known.text)).toBe(true);
    }
  }

  function takeOne(message: StreamMessage, truth: Truth): void {
    if (message.type === 'lagged') throw new Error('All the waits together are shorter than what makes a reader slow.');
    if (message.type === 'delta') return takeDelta(message, truth);
    cursor = message.sequence;
    if (message.type === 'snapshot') {
      isLevel = true;
      held = new Map();
      before = new Set(bench.texts.of(message.execution.id).map(({ path, attempt }) => `${attempt} ${path}`));
      for (const { path, attempt, texts } of message.nodes) {
        for (const channel of texts ? DELTA_CHANNELS : []) {
          const { offset, text } = texts?.[channel] ?? { offset: 0, text: null };
          check(keyOfText({ path, attempt, channel }), { offset, text: text ?? '' }, truth);
        }
      }
      return;
    }
    if (!isLevel) return;
    for (const node of message.nodes) checkNode(node);
    for (const event of message.events) {
      if (isTerminalEvent(event) || !endsAttempt(event)) continue;
      const { path, attempt } = event;
      if (path.includes('[') && before.has(`${attempt} ${path}`)) continue;
      for (const channel of DELTA_CHANNELS) {
        const key = keyOfText({ path, attempt, channel });
        const { offset, text } = held.get(key) ?? NOTHING;
        // Whole, or with a hole that is seen by its offset; never silently short.
        expect(offset + text.length, `end of ${key}`).toBe(truth(key).length);
      }
    }
  }

  return {
    get isDone() {
      return reader.isDone;
    },
    pull: () => reader.pull(),
    drain: () => reader.drain(),
    async cut() {
      await reader.cut();
      reader = await connect(cursor);
      seen = 0;
      isLevel = false;
    },
    takeIn(truth) {
      const { messages } = reader;
      for (const message of messages.slice(seen)) takeOne(message, truth);
      seen = messages.length;
    },
  };
}
