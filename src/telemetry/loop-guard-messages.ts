/** One stretch in which the event loop did not turn. */
export interface LoopHold {
  readonly forMs: number;
  /** Where the program was when the limit was passed, innermost first; empty where that could not be found. */
  readonly stack: readonly string[];
}

/** What the thread is started with. */
export interface LoopGuardStart {
  /** When the loop last turned, in nanoseconds of the clock that all threads share. */
  readonly beats: BigInt64Array<SharedArrayBuffer>;
  readonly beatMs: number;
  readonly limitMs: number;
}

export type FromLoopGuardThread = { readonly type: 'hold'; readonly hold: LoopHold } | { readonly type: 'settled' };
