import type { LimitsSpec } from '../blueprint/node.ts';
import { DEFAULT_LIMITS, defaultCpuMs, type Limits } from '../usage/limits.ts';

/** The limits of a call: what whoever calls says, else what the tool says, else the default. */
export function effectiveLimits(asked: LimitsSpec | undefined, declared: LimitsSpec | undefined): Limits {
  const timeoutMs = asked?.timeoutMs ?? declared?.timeoutMs ?? DEFAULT_LIMITS.timeoutMs;
  return {
    timeoutMs,
    // One's CPU time beside another's timeout would bound what nobody meant to bound.
    cpuMs: asked?.cpuMs ?? (asked?.timeoutMs === undefined ? declared?.cpuMs : undefined) ?? defaultCpuMs(timeoutMs),
    memoryBytes: asked?.memoryBytes ?? declared?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes,
    outputBytes: asked?.outputBytes ?? declared?.outputBytes ?? DEFAULT_LIMITS.outputBytes,
  };
}
