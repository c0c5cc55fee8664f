import type { Clock } from '../core/clock.ts';
import { withoutHalf } from './kept-text.ts';
import { DELTA_CHANNELS, type AttemptTexts, type DeltaChannel } from './text-buffer.ts';
import { openTextFrame, type TextFrame } from './text-frame.ts';

/** What is said meanwhile leaves in one NOTIFY. */
const GATHER_MS = 50;
/** More units than a NOTIFY has bytes. */
const READ_UNITS = 8_000;
/** How long the end of an attempt waits for its last words to leave. */
const MAX_CLOSE_MS = 250;

export interface TextOutboxDeps {
  readonly sender: string;
  readonly clock: Pick<Clock, 'delay'>;
  /** Sends one NOTIFY; resolves when it has left. */
  readonly notify: (text: string) => Promise<void>;
  readonly onNotifyFailed?: ((error: unknown) => void) | undefined;
}

/** Tells other processes what is said here. It holds places, never text: who falls behind what is kept leaves a hole. */
export interface TextOutbox {
  /** Called before a piece is added: everything behind the present end is to be sent. */
  note(texts: AttemptTexts): void;
  /** Sends what is left of an attempt, and that it is over. Resolves when it has left, or after a moment. */
  close(texts: AttemptTexts): Promise<void>;
  /** Stops sending. */
  stop(): void;
}

interface Waiting {
  /** Where each text goes on. */
  readonly at: Record<DeltaChannel, number>;
  isClosing: boolean;
  readonly left: Promise<void>;
  readonly onLeft: () => void;
}

export function createTextOutbox({ sender, clock, notify, onNotifyFailed }: TextOutboxDeps): TextOutbox {
  const waiting = new Map<AttemptTexts, Waiting>();
  /** Others know of them, so that they have to know of their end. */
  const known = new WeakSet<AttemptTexts>();
  let hurry: AbortController | undefined;
  let sending: Promise<void> | undefined;

  function add(texts: AttemptTexts): Waiting {
    let onLeft = (): void => undefined;
    const left = new Promise<void>((resolve) => (onLeft = resolve));
    const one = { at: { text: texts.text.end, log: texts.log.end }, isClosing: false, left, onLeft };
    waiting.set(texts, one);
    known.add(texts);
    sending ??= sendAll();
    return one;
  }

  async function sendAll(): Promise<void> {
    // What is noted now is said right after this.
    await Promise.resolve();
    while (waiting.size > 0) {
      if (![...waiting.values()].some(({ isClosing }) => isClosing)) await gather();
      const frame = openTextFrame(sender);
      const gone = fill(frame);
      if (!frame.isEmpty) await notify(frame.toText()).catch((error: unknown) => onNotifyFailed?.(error));
      for (const { onLeft } of gone) onLeft();
    }
    sending = undefined;
  }

  async function gather(): Promise<void> {
    hurry = new AbortController();
    await clock.delay(GATHER_MS, hurry.signal).catch(() => undefined);
    hurry = undefined;
  }

  /** Those that end go first, as their outcome waits for it. Gives back those of which nothing is left. */
  function fill(frame: TextFrame): readonly Waiting[] {
    const gone: Waiting[] = [];
    const inOrder = [...waiting].sort(([, a], [, b]) => Number(b.isClosing) - Number(a.isClosing));
    for (const [texts, one] of inOrder) {
      const isDone = fillOne(frame, texts, one);
      waiting.delete(texts);
      if (isDone) gone.push(one);
      // Behind the others, so that a loud one does not keep them waiting.
      else waiting.set(texts, one);
    }
    return gone;
  }

  return {
    note(texts) {
      if (!waiting.has(texts)) add(texts);
    },
    async close(texts) {
      if (!known.has(texts)) return;
      const one = waiting.get(texts) ?? add(texts);
      one.isClosing = true;
      hurry?.abort(new Error('An attempt ends.'));
      const inTime = new AbortController();
      const late = clock.delay(MAX_CLOSE_MS, inTime.signal).catch(() => undefined);
      await Promise.race([one.left, late]);
      inTime.abort(new Error('It has left.'));
    },
    stop() {
      for (const { onLeft } of waiting.values()) onLeft();
      waiting.clear();
      hurry?.abort(new Error('Nobody listens any more.'));
    },
  };
}

/** True when nothing is left of it, or nothing of it ever fits. */
function fillOne(frame: TextFrame, texts: AttemptTexts, { at, isClosing }: Waiting): boolean {
  for (const channel of DELTA_CHANNELS) {
    const kept = texts[channel];
    for (;;) {
      const offset = Math.max(at[channel], kept.start);
      if (offset >= kept.end) break;
      const text = withoutHalf(kept.read(offset, offset + READ_UNITS));
      const units = frame.addText(texts, { channel, offset, text });
      if (units === 0) return frame.isEmpty;
      at[channel] = offset + units;
    }
  }
  return !isClosing || frame.addEnd(texts) || frame.isEmpty;
}
