/** Time as a dependency, so that tests own it. */
export interface Clock {
  /** The present instant in milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds of a clock that never goes back; only differences mean something. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with `signal.reason` as soon as the signal fires. */
  delay(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  // The one place of the pure folders where the machine's clock may be read: everybody else is handed a Clock.
  // eslint-disable-next-line no-restricted-syntax -- this is the clock that is handed in
  now: () => Date.now(),
  // eslint-disable-next-line no-restricted-syntax -- this is the clock that is handed in
  monotonicMs: () => performance.now(),
  delay: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error); // AbortSignal.reason is `any`; whoever aborts gives an Error
      };
      // eslint-disable-next-line no-restricted-syntax -- this is how everybody else waits
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal.addEventListener('abort', onAbort, { once: true });
    }),
};
