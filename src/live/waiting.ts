/** Those who wait for the next event of one execution. */
export interface Waiting {
  /** Resolves at the next `wake`; rejects when the signal fires, or after `fail`. */
  wait(signal: AbortSignal): Promise<void>;
  wake(): void;
  /** Nothing more can come: all who wait, now or later, hear why. */
  fail(error: unknown): void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function createWaiting(): Waiting {
  const waiters = new Set<Waiter>();
  let failure: Error | undefined;

  function takeAll(): readonly Waiter[] {
    const all = [...waiters];
    waiters.clear();
    return all;
  }

  return {
    wait: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (failure) throw failure;
        const onAbort = (): void => {
          waiters.delete(waiter);
          reject(signal.reason as Error); // AbortSignal.reason is `any`; whoever aborts gives an Error
        };
        const stop = (): void => signal.removeEventListener('abort', onAbort);
        const waiter: Waiter = {
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
    wake() {
      for (const waiter of takeAll()) waiter.resolve();
    },
    fail(error) {
      failure = error instanceof Error ? error : new Error('The fold failed.', { cause: error });
      for (const waiter of takeAll()) waiter.reject(failure);
    },
  };
}
