/** A bounded amount of something at once; who asks for more than is left waits in order. */
export interface Slots {
  /** Resolves with what gives it back; rejects with the signal's reason while it waits. */
  acquire(signal: AbortSignal, amount?: number): Promise<() => void>;
  /** What gives it back, or undefined where it would have to wait. */
  tryAcquire(amount?: number): (() => void) | undefined;
  readonly waiting: number;
  readonly free: number;
}

/** Makes slots of `total`; an amount above that never fits, and who asks for it must know. */
export function createSlots(total: number): Slots {
  let free = total;
  const queue: { readonly amount: number; readonly enter: () => void }[] = [];

  function letIn(): void {
    // In order: a large one is not passed by small ones for ever.
    while (queue[0] !== undefined && queue[0].amount <= free) queue.shift()?.enter();
  }

  /** Gives the amount back once, however often it is called. */
  function take(amount: number): () => void {
    free -= amount;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      free += amount;
      letIn();
    };
  }

  return {
    get waiting() {
      return queue.length;
    },
    get free() {
      return free;
    },
    tryAcquire: (amount = 1) => (queue.length === 0 && amount <= free ? take(amount) : undefined),
    acquire(signal, amount = 1) {
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(new Error('canceled while waiting for its turn', { cause: signal.reason }));
          letIn();
        };
        const enter = (): void => {
          signal.removeEventListener('abort', abort);
          resolve(take(amount));
        };
        const waiting = { amount, enter };
        if (signal.aborted) {
          reject(new Error('canceled while waiting for its turn', { cause: signal.reason }));
        } else if (queue.length === 0 && amount <= free) enter();
        else {
          queue.push(waiting);
          signal.addEventListener('abort', abort, { once: true });
        }
      });
    },
  };
}
