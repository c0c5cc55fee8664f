import type { Clock } from '../core/clock.ts';

/** Which keys have news since the last look. */
export interface Signals<Key> {
  readonly keys: readonly Key[];
  /** Something may have changed that no key names. */
  readonly isLook: boolean;
}

/** Gathers hints for one reader that is busy: each key once, and a look of its own when nothing was heard for long. */
export interface SignalBox<Key> {
  add(key: Key): void;
  look(): void;
  /** Keys that were taken and not dealt with. */
  putBack(keys: readonly Key[]): void;
  /** Waits until there is something, at most for `pollIntervalMs`; rejects when the signal fires. */
  take(at: { readonly clock: Clock; readonly pollIntervalMs: number }, signal: AbortSignal): Promise<Signals<Key>>;
}

export function createSignalBox<Key>(): SignalBox<Key> {
  let keys = new Set<Key>();
  let isLook = false;
  let wake: (() => void) | undefined;

  function put(more: readonly Key[]): void {
    for (const key of more) keys.add(key);
    if (keys.size > 0 || isLook) wake?.();
  }

  async function waitForSignal(
    { clock, pollIntervalMs }: { readonly clock: Clock; readonly pollIntervalMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const awake = new AbortController();
    wake = () => awake.abort(new Error('There is news.'));
    try {
      await clock.delay(pollIntervalMs, AbortSignal.any([signal, awake.signal]));
      isLook = true;
    } catch {
      signal.throwIfAborted();
    } finally {
      wake = undefined;
    }
  }

  return {
    add: (key) => put([key]),
    putBack: put,
    look() {
      isLook = true;
      put([]);
    },
    async take(at, signal) {
      signal.throwIfAborted();
      if (keys.size === 0 && !isLook) await waitForSignal(at, signal);
      const taken = { keys: [...keys], isLook };
      keys = new Set();
      isLook = false;
      return taken;
    },
  };
}
