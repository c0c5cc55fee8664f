/** The most that a root execution with its children may cost. Absent: not bounded by the blueprint. */
export interface Budget {
  readonly maxCostUsdMicros?: bigint;
  readonly maxWallMs?: number;
}
