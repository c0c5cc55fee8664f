import { KIB, MIB } from '../core/units.ts';

/** The most that one attempt may use; reaching it ends the attempt. */
export interface Limits {
  readonly timeoutMs: number;
  /** Of all its threads together. */
  readonly cpuMs: number;
  /** What it may need beyond an idle worker: heap and buffers. */
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Two processors' worth: less, and a loop would end now by this limit, now by the timeout. */
export const defaultCpuMs = (timeoutMs: number): number => 2 * timeoutMs;

export const DEFAULT_LIMITS: Limits = {
  timeoutMs: DEFAULT_TIMEOUT_MS,
  cpuMs: defaultCpuMs(DEFAULT_TIMEOUT_MS),
  memoryBytes: 256 * MIB,
  outputBytes: 16 * MIB,
};

/** Values up to this size stand in events; larger ones become artifacts. */
export const INLINE_VALUE_BYTES = 256 * KIB;

/** Values up to this size are kept in the state of a running execution; larger ones are read on demand. */
export const RESIDENT_VALUE_BYTES = 4 * KIB;
