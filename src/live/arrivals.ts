const SPACING_MS = 100;

/** Which sequence was known how long ago, to a tenth of a second: what the lag of a reader is judged by. */
export interface Arrivals {
  note(sequence: number, atMs: number): void;
  /** The last sequence known at that instant; 0 when nothing is remembered of it. */
  knownAt(atMs: number): number;
}

export function createArrivals(rememberMs: number): Arrivals {
  /** Oldest first. */
  let marks: { sequence: number; readonly atMs: number }[] = [];
  return {
    note(sequence, atMs) {
      const last = marks.at(-1);
      // The mark keeps its first instant and takes the newer sequence only within the spacing: a reader is never
      // called slow too early by more than that.
      if (last && atMs - last.atMs < SPACING_MS) last.sequence = sequence;
      else marks.push({ sequence, atMs });
      if (marks.length > 2 * (rememberMs / SPACING_MS)) {
        const firstNeeded = marks.findLastIndex((mark) => mark.atMs <= atMs - rememberMs);
        marks = marks.slice(Math.max(firstNeeded, 0));
      }
    },
    knownAt: (atMs) => marks.findLast((mark) => mark.atMs <= atMs)?.sequence ?? 0,
  };
}
