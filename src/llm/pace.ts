import type { Clock } from '../core/clock.ts';
import { createSlots } from '../core/slots.ts';
import { MINUTE_MS } from '../core/units.ts';

export interface PaceBounds {
  /** Calls that begin within any minute. */
  readonly requestsPerMinute?: number | undefined;
  /** Tokens of the calls that begin within any minute, read and written. */
  readonly tokensPerMinute?: number | undefined;
}

/** The place of one call in its minute. */
export interface Taken {
  /** The call was made and came to so many tokens. Whoever is not told of it keeps all that was taken. */
  settle(tokens: number): void;
  /** The call was not made after all. */
  release(): void;
}

/** Calls that begin no faster than their provider allows; who is too early waits in order, and never fails for it. */
export interface Pace {
  /** Takes the most tokens that a call may come to. Rejects when the signal fires while it waits. */
  take(mostTokens: () => number, signal: AbortSignal): Promise<Taken>;
}

interface Entry {
  readonly atMs: number;
  tokens: number;
  /** Not of a minute that is over. */
  isCounted: boolean;
}

/**
 * A window that slides, and no bucket: a bucket that begins full lets twice its rate through in the first minute, which a
 * provider refuses. A call that alone is above the bound of tokens waits until nothing else is in its minute.
 */
export function createPace(bounds: PaceBounds, clock: Pick<Clock, 'monotonicMs' | 'delay'>): Pace {
  const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = bounds;
  if (requestsPerMinute === Infinity && tokensPerMinute === Infinity) return UNBOUNDED;
  /** The calls of the last minute, the first to begin first. */
  const entries: Entry[] = [];
  let tokens = 0;
  const line = createSlots(1);
  let wake = nothing;

  function forget(): void {
    const sinceMs = clock.monotonicMs() - MINUTE_MS;
    while (entries[0] !== undefined && entries[0].atMs <= sinceMs) leave(entries[0]);
  }

  function leave(entry: Entry): void {
    if (!entry.isCounted) return;
    entry.isCounted = false;
    entries.splice(entries.indexOf(entry), 1);
    tokens -= entry.tokens;
    wake();
  }

  const fits = (most: number): boolean =>
    entries.length < requestsPerMinute && (tokens === 0 || tokens + most <= tokensPerMinute);

  /** Until the first call leaves its minute, or one turns out to be smaller than was taken for it. */
  async function somethingLeaves(signal: AbortSignal): Promise<void> {
    // A signal that has fired already tells nobody any more.
    signal.throwIfAborted();
    const early = new AbortController();
    wake = (): void => early.abort(new Error('There is room sooner.'));
    signal.addEventListener('abort', wake, { once: true });
    const [first] = entries;
    const waitMs = first === undefined ? 0 : first.atMs + MINUTE_MS - clock.monotonicMs();
    await clock.delay(waitMs, early.signal).catch(() => undefined);
    signal.removeEventListener('abort', wake);
    wake = nothing;
    signal.throwIfAborted();
  }

  function enter(most: number): Taken {
    const entry: Entry = { atMs: clock.monotonicMs(), tokens: most, isCounted: true };
    entries.push(entry);
    tokens += most;
    return {
      settle(used) {
        if (!entry.isCounted) return;
        tokens += used - entry.tokens;
        entry.tokens = used;
        wake();
      },
      release: () => leave(entry),
    };
  }

  return {
    async take(mostTokens, signal) {
      const most = tokensPerMinute === Infinity ? 0 : mostTokens();
      const next = await line.acquire(signal);
      try {
        forget();
        while (!fits(most)) {
          await somethingLeaves(signal);
          forget();
        }
        return enter(most);
      } finally {
        next();
      }
    },
  };
}

const nothing = (): void => undefined;
const UNBOUNDED: Pace = { take: async () => ({ settle: nothing, release: nothing }) };
