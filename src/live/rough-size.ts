const PART_BYTES = 16;

/** About how many bytes a value takes in memory: enough to bound what is kept by. */
export function roughSize(value: unknown): number {
  if (typeof value === 'string') return PART_BYTES + 2 * value.length;
  if (typeof value !== 'object' || value === null) return PART_BYTES;
  let size = PART_BYTES;
  for (const part of Object.values(value)) size += PART_BYTES + roughSize(part);
  return size;
}
