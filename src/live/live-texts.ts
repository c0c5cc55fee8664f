import type { Clock } from '../core/clock.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { Committed } from '../execution/committed.ts';
import { isTerminalEvent, type ExecutionEventOf, type RecordedEvent } from '../execution/events.ts';
import type { Unsubscribe } from './live-bus.ts';
import {
  createTextBuffer,
  type AttemptPlace,
  type AttemptTexts,
  type DeltaChannel,
  type TextBufferSettings,
} from './text-buffer.ts';

/** How far apart the clocks of two machines may be. */
const CLOCK_SKEW_MS = 2_000;

/** The voice of one attempt of this process. */
export interface Voice {
  say(channel: DeltaChannel, piece: string): void;
  /** It says nothing more. Resolves when the others have been told what it said; soon, whatever happens. */
  close(): Promise<void>;
}

/** The text of running attempts, for those who follow them. Nothing of it is stored. */
export interface LiveTexts {
  open(of: AttemptPlace): Voice;
  /** Everything that is still at hand of one execution, also of attempts that have just ended. */
  of(executionId: ExecutionId): readonly AttemptTexts[];
  /** Hears that there is more text. */
  subscribe(executionId: ExecutionId, listener: () => void): Unsubscribe;
  /** An attempt of which nothing is at hand may have said something before this process listened. */
  mayHaveMissed(of: AttemptPlace & { readonly startedAt: number }): boolean;
  /** Lets go of the attempts whose outcomes these are: at once where nobody follows, else a little later. */
  onCommitted(committed: readonly Committed[]): void;
  /** Lets go of what ended long ago. */
  forget(): void;
}

/** What other processes are told of an attempt of this one, before it says a piece and when it has ended. */
export interface VoiceHearer {
  willSay(texts: AttemptTexts): void;
  hasEnded(texts: AttemptTexts): Promise<void>;
}

/** The texts of one process, and what it hears of other processes. */
export interface LocalTexts extends LiveTexts {
  open(of: AttemptPlace, hearer?: VoiceHearer): Voice;
  receive(
    of: AttemptPlace,
    said: { readonly channel: DeltaChannel; readonly offset: number; readonly text: string },
  ): void;
  end(of: AttemptPlace): void;
  /** What others said before now was not heard. */
  onConnected(): void;
}

export interface LocalTextsDeps extends TextBufferSettings {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
}

export function createLocalTexts({ clock, ...settings }: LocalTextsDeps): LocalTexts {
  const buffer = createTextBuffer(settings);
  const listeners = new Map<ExecutionId, Set<() => void>>();
  /** Attempts of this process that have said nothing so far: most never do, and take nothing else here. */
  const silent = new Set<AttemptPlace>();
  let heardSince: number | undefined;

  function tell(executionId: ExecutionId): void {
    for (const listener of listeners.get(executionId) ?? []) listener();
  }
  function isSilentHere({ executionId, path, attempt }: AttemptPlace): boolean {
    for (const own of silent)
      if (own.path === path && own.attempt === attempt && own.executionId === executionId) return true;
    return false;
  }
  const end = (of: AttemptPlace): void => buffer.end(of, clock.monotonicMs());

  return {
    end,
    of: buffer.of,
    forget: () => buffer.forget(clock.monotonicMs()),
    open(of, hearer) {
      let texts: AttemptTexts | undefined;
      let isOpen = true;
      silent.add(of);
      return {
        say(channel, piece) {
          if (!isOpen) return;
          texts ??= buffer.begin(of);
          silent.delete(of);
          hearer?.willSay(texts);
          buffer.append(texts, channel, piece);
          tell(of.executionId);
        },
        async close() {
          isOpen = false;
          silent.delete(of);
          if (texts === undefined) return;
          // First what others hear: the outcome, of which they hear next, is appended when this resolves.
          await hearer?.hasEnded(texts);
          end(texts);
        },
      };
    },
    receive(of, said) {
      if (buffer.receive(of, said)) tell(of.executionId);
    },
    subscribe(executionId, listener) {
      const all = listeners.get(executionId) ?? new Set();
      listeners.set(executionId, all);
      // The same function may be given twice: each subscription is its own entry.
      const entry = (): void => listener();
      all.add(entry);
      return () => {
        all.delete(entry);
        if (all.size === 0 && listeners.get(executionId) === all) listeners.delete(executionId);
      };
    },
    onConnected() {
      heardSince = clock.now();
    },
    mayHaveMissed: ({ startedAt, ...of }) =>
      heardSince !== undefined && startedAt < heardSince + CLOCK_SKEW_MS && !isSilentHere(of),
    onCommitted(committed) {
      for (const { executionId, events = [] } of committed) {
        const attempts = buffer.of(executionId);
        if (attempts.length === 0) continue;
        const letGo = listeners.has(executionId) ? end : buffer.release;
        if (events.some(isTerminalEvent)) attempts.forEach(letGo);
        else for (const event of events) if (endsAttempt(event)) letGo({ executionId, ...event });
      }
    },
  };
}

const ENDS = new Set<string>(['attemptSucceeded', 'attemptFailed', 'attemptAbandoned', 'attemptCanceled']);

/** True of the outcome of an attempt. */
export const endsAttempt = (
  event: RecordedEvent,
): event is ExecutionEventOf<'attemptSucceeded' | 'attemptFailed' | 'attemptAbandoned' | 'attemptCanceled'> =>
  ENDS.has(event.type);
