import { KIB } from '../core/units.ts';

/** How much of one text is kept, in UTF-16 units: the newest. */
export const KEPT_UNITS = 256 * KIB;
const BLOCK_UNITS = 4 * KIB;
/** Also a block of single letters is sealed soon: each loose piece takes more room than its letters. */
const BLOCK_PIECES = 64;
const REPLACEMENT = '\u{FFFD}';

/** The newest part of a text that grows. Offsets count UTF-16 units from its beginning, as `string.length` does. */
export interface KeptText {
  /** Of the first unit that is still here; above 0 the beginning is gone. */
  readonly start: number;
  readonly end: number;
  /**
   * A surrogate without its other half becomes U+FFFD, which is as long; a half at the very end waits for the next piece.
   * Neither `start` nor `end` ever lies inside of a pair.
   */
  append(piece: string): void;
  /** Goes on at a later place: what lies before it was never heard. */
  skipTo(offset: number): void;
  /** What is still here of a stretch. */
  read(from: number, to: number): string;
  /** Lets go of everything; `end` stays. */
  drop(): void;
}

interface Block {
  readonly from: number;
  readonly text: string;
}

export function createKeptText(): KeptText {
  let blocks: Block[] = [];
  /** Behind the last block; few, and joined before they are many. */
  let loose: string[] = [];
  let looseFrom = 0;
  let start = 0;
  let end = 0;
  /** The first half of a pair whose other half has not come. */
  let half = '';

  function seal(): void {
    if (loose.length > 0) blocks.push({ from: looseFrom, text: loose.join('') });
    loose = [];
    looseFrom = end;
  }

  function trim(): void {
    if (end - start <= KEPT_UNITS) return;
    start = end - KEPT_UNITS;
    if (start >= looseFrom) seal();
    const gone = blocks.findIndex(({ from, text }) => from + text.length > start);
    if (gone > 0) blocks.splice(0, gone);
    const [first] = blocks;
    if (first !== undefined && isSecondHalf(first.text.charCodeAt(start - first.from))) start += 1;
  }

  function clear(): void {
    blocks = [];
    loose = [];
    half = '';
    start = looseFrom = end;
  }

  return {
    get start() {
      return start;
    },
    get end() {
      return end;
    },
    append(piece) {
      const joined = half + piece;
      const cut = isFirstHalf(joined.charCodeAt(joined.length - 1)) ? joined.length - 1 : joined.length;
      half = joined.slice(cut);
      if (cut === 0) return;
      // Of a piece that is larger than what is kept, only that is held.
      const skipped = Math.max(0, cut - KEPT_UNITS);
      if (skipped > 0) {
        seal();
        looseFrom += skipped;
      }
      loose.push(wellFormed(joined.slice(skipped, cut)));
      end += cut;
      if (loose.length >= BLOCK_PIECES || end - looseFrom >= BLOCK_UNITS) seal();
      trim();
    },
    skipTo(offset) {
      end = offset;
      clear();
    },
    read(from, to) {
      const parts: string[] = [];
      const take = (text: string, at: number): void => {
        const part = text.slice(Math.max(from, start, at) - at, Math.max(Math.min(to, end) - at, 0));
        if (part !== '') parts.push(part);
      };
      if (to > looseFrom) take(loose.join(''), looseFrom);
      // From behind: readers that keep up want the last block alone.
      for (const block of reversed(blocks)) {
        if (block.from < to) take(block.text, block.from);
        if (block.from <= from) break;
      }
      return parts.reverse().join('');
    },
    drop: clear,
  };
}

function* reversed<T>(list: readonly T[]): Generator<T> {
  for (let index = list.length - 1; index >= 0; index -= 1) {
    const one = list[index];
    if (one !== undefined) yield one;
  }
}

const isFirstHalf = (unit: number): boolean => unit >= 0xd8_00 && unit <= 0xdb_ff;
const isSecondHalf = (unit: number): boolean => unit >= 0xdc_00 && unit <= 0xdf_ff;

/** With the flag `u` the class matches halves alone, never a pair; without it the look is much cheaper. */
const wellFormed = (text: string): string =>
  /[\ud800-\udfff]/.test(text) ? text.replaceAll(/\p{Surrogate}/gu, REPLACEMENT) : text;

/** A text without a half of a pair at its end, where it was cut. */
export const withoutHalf = (text: string): string =>
  isFirstHalf(text.charCodeAt(text.length - 1)) ? text.slice(0, -1) : text;
