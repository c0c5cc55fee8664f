/** What was measured of one attempt, or the sum over many (then `peakMemoryBytes` is the largest). */
export interface Usage {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMemoryBytes: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Whole micro-dollars. */
  readonly costUsdMicros: bigint;
}

export const NO_USAGE: Usage = {
  cpuMs: 0,
  wallMs: 0,
  peakMemoryBytes: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsdMicros: 0n,
};

export const addUsage = (a: Usage, b: Usage): Usage => ({
  cpuMs: a.cpuMs + b.cpuMs,
  wallMs: a.wallMs + b.wallMs,
  peakMemoryBytes: Math.max(a.peakMemoryBytes, b.peakMemoryBytes),
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  costUsdMicros: a.costUsdMicros + b.costUsdMicros,
});
