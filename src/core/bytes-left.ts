import type { Json } from './json.ts';

/**
 * What is left of `budget` bytes after the value, roughly as JSON; negative as soon as it does not fit, so that a large
 * value costs no more than a small one.
 */
export function bytesLeft(value: Json, budget: number): number {
  if (typeof value === 'string') return budget - value.length - 2;
  if (typeof value !== 'object' || value === null) return budget - 8;
  let left = budget - 2;
  if (Array.isArray(value)) {
    // isArray makes `any[]` of it; JSON arrays hold JSON.
    for (const item of value as readonly Json[]) {
      left = bytesLeft(item, left - 1);
      if (left < 0) return left;
    }
    return left;
  }
  for (const [key, member] of Object.entries(value)) {
    left = bytesLeft(member, left - key.length - 4);
    if (left < 0) return left;
  }
  return left;
}
