/** A bounded number of things at once; further ones wait in order. */
export interface Slots {
  /** Resolves with what gives the slot back; rejects with the signal's reason while it waits. */
  acquire(signal: AbortSignal): Promise<() => void>;
  readonly waiting: number;
}

/** Makes `count` slots. */
export function createSlots(count: number): Slots {
  let free = count;
  const queue = new Set<() => void>();

  function release(): void {
    const [next] = queue;
    if (next === undefined) free += 1;
    else {
      queue.delete(next);
      next();
    }
  }

  /** Gives the slot back once, however often it is called. */
  function once(): () => void {
    let held = true;
    return () => {
      if (held) release();
      held = false;
    };
  }

  return {
    get waiting() {
      return queue.size;
    },
    acquire(signal) {
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          queue.delete(enter);
          reject(new Error('canceled while waiting for a worker', { cause: signal.reason }));
        };
        const enter = (): void => {
          signal.removeEventListener('abort', abort);
          resolve(once());
        };
        if (signal.aborted) return abort();
        if (free > 0) {
          free -= 1;
          return enter();
        }
        queue.add(enter);
        signal.addEventListener('abort', abort, { once: true });
      });
    },
  };
}
