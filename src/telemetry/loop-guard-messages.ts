/** One stretch in which the event loop did not turn. */
export interface LoopHold {
  readonly forMs: number;
  /** How long of it the main thread had a processor, at most; undefined where that could not be found. */
  readonly usedMs?: number | undefined;
  /** Where the program was when the limit was passed, innermost first; empty where that could not be found. */
  readonly stack: readonly string[];
}

/** When the loop last turned, by the clock that all threads share. */
export const BEAT = 0;
/** The longest time between two turns since the thread last took it: it may look when all is over. */
export const SLOWEST = 1;

/** What the thread is started with. */
export interface LoopGuardStart {
  /** In nanoseconds, by `BEAT` and `SLOWEST`. */
  readonly beats: BigInt64Array<SharedArrayBuffer>;
  readonly beatMs: number;
  readonly limitMs: number;
}

export type FromLoopGuardThread = { readonly type: 'hold'; readonly hold: LoopHold } | { readonly type: 'settled' };
