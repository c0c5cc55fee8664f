/** What somebody waits for: the next event, or more text of a running attempt as well. */
export type WaitsFor = 'events' | 'eventsOrText';

/** Those who wait for news of one execution. */
export interface Waiting {
  /** Resolves at the next `wake` of what it waits for; rejects when the signal fires, or after `fail`. */
  wait(signal: AbortSignal, waitsFor: WaitsFor): Promise<void>;
  /**
   * Calls now and at each event, until the answer is false, which resolves it. Nothing is made anew from one event to the
   * next: a thousand who listen cost a thousand calls. Rejects as `wait` does, and with what the listener throws.
   */
  listen(signal: AbortSignal, goesOn: () => boolean): Promise<void>;
  wake(by: 'event' | 'text'): void;
  /** Nothing more can come: all who wait, now or later, hear why. */
  fail(error: unknown): void;
}

interface Waiter {
  readonly waitsFor: WaitsFor;
  /** Of a listener: false when it has heard enough. */
  readonly goesOn?: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function createWaiting(): Waiting {
  const waiters = new Set<Waiter>();
  const listeners = new Set<Waiter>();
  let failure: Error | undefined;

  function take(by: 'event' | 'text'): readonly Waiter[] {
    const woken = [...waiters].filter(({ waitsFor }) => by === 'event' || waitsFor === 'eventsOrText');
    for (const waiter of woken) waiters.delete(waiter);
    return woken;
  }

  function tell(listener: Waiter): void {
    try {
      if (listener.goesOn?.() === true) return;
      listener.resolve();
    } catch (error) {
      listener.reject(toError(error));
    }
    listeners.delete(listener);
  }

  /** Adds to `all` one who is taken out again when the signal fires. */
  const enter = (
    all: Set<Waiter>,
    signal: AbortSignal,
    { waitsFor, goesOn }: Pick<Waiter, 'waitsFor' | 'goesOn'>,
  ): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (failure) throw failure;
      const onAbort = (): void => {
        all.delete(waiter);
        reject(signal.reason as Error); // AbortSignal.reason is `any`; whoever aborts gives an Error
      };
      const stop = (): void => signal.removeEventListener('abort', onAbort);
      const waiter: Waiter = {
        waitsFor,
        ...(goesOn && { goesOn }),
        resolve() {
          stop();
          resolve();
        },
        reject(error) {
          stop();
          reject(error);
        },
      };
      all.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      if (goesOn) tell(waiter);
    });

  return {
    wait: (signal, waitsFor) => enter(waiters, signal, { waitsFor }),
    listen: (signal, goesOn) => enter(listeners, signal, { waitsFor: 'events', goesOn }),
    wake(by) {
      for (const waiter of take(by)) waiter.resolve();
      if (by === 'event') for (const listener of listeners) tell(listener);
    },
    fail(error) {
      failure = error instanceof Error ? error : new Error('The fold failed.', { cause: error });
      for (const waiter of [...take('event'), ...listeners]) waiter.reject(failure);
      listeners.clear();
    },
  };
}

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('A listener failed.', { cause: error });
