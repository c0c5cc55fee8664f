import { KIB, MIB } from '../core/units.ts';

/** The most that one attempt may use; reaching it ends the attempt. */
export interface Limits {
  readonly timeoutMs: number;
  /** Of the worker's heap. */
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

export const DEFAULT_LIMITS: Limits = { timeoutMs: 60_000, memoryBytes: 256 * MIB, outputBytes: 16 * MIB };

/** Values up to this size stand in events; larger ones become artifacts. */
export const INLINE_VALUE_BYTES = 256 * KIB;

/** Values up to this size are kept in the state of a running execution; larger ones are read on demand. */
export const RESIDENT_VALUE_BYTES = 4 * KIB;
