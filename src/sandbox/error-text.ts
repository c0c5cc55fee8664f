import { KIB } from '../core/units.ts';

/** How many characters are kept of the beginning of stderr, and as many of its end. */
export const KEPT_CHARS = 8 * KIB;

/** Stands for what is left out. */
const CUT = '\n[...]\n';

/**
 * What a worker wrote to stderr, as far as its end can be understood by it. The end alone is not enough: each of many
 * threads that meet the limit of memory writes a stack of kilobytes behind the line that says so.
 */
export function addErrorText(kept: string, chunk: string): string {
  const all = kept + chunk;
  return all.length <= 2 * KEPT_CHARS + CUT.length ? all : all.slice(0, KEPT_CHARS) + CUT + all.slice(-KEPT_CHARS);
}
