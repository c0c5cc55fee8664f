/** What somebody waits for: the next event, or more text of a running attempt as well. */
export type WaitsFor = 'events' | 'eventsOrText';

/** Those who wait for news of one execution. */
export interface Waiting {
  /** Resolves at the next `wake` of what it waits for; rejects when the signal fires, or after `fail`. */
  wait(signal: AbortSignal, waitsFor: WaitsFor): Promise<void>;
  wake(by: 'event' | 'text'): void;
  /** Nothing more can come: all who wait, now or later, hear why. */
  fail(error: unknown): void;
}

interface Waiter {
  readonly waitsFor: WaitsFor;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function createWaiting(): Waiting {
  const waiters = new Set<Waiter>();
  let failure: Error | undefined;

  function take(by: 'event' | 'text'): readonly Waiter[] {
    const woken = [...waiters].filter(({ waitsFor }) => by === 'event' || waitsFor === 'eventsOrText');
    for (const waiter of woken) waiters.delete(waiter);
    return woken;
  }

  return {
    wait: (signal, waitsFor) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (failure) throw failure;
        const onAbort = (): void => {
          waiters.delete(waiter);
          reject(signal.reason as Error); // AbortSignal.reason is `any`; whoever aborts gives an Error
        };
        const stop = (): void => signal.removeEventListener('abort', onAbort);
        const waiter: Waiter = {
          waitsFor,
          resolve() {
            stop();
            resolve();
          },
          reject(error) {
            stop();
            reject(error);
          },
        };
        waiters.add(waiter);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    wake(by) {
      for (const waiter of take(by)) waiter.resolve();
    },
    fail(error) {
      failure = error instanceof Error ? error : new Error('The fold failed.', { cause: error });
      for (const waiter of take('event')) waiter.reject(failure);
    },
  };
}
