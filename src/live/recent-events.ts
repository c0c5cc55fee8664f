import type { RecordedEvent } from '../execution/events.ts';
import { PAGE_EVENTS } from './journal-reader.ts';

const KEEP_EVENTS = 512;
const KEEP_MS = 2_000;

/** Events in a row: those after `from` up to `to`. Equal readers get the same object, so that its work is done once. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  readonly events: readonly RecordedEvent[];
}

interface Arrived extends Batch {
  readonly atMs: number;
}

/** The newest events as they came: what readers that keep up are served from, without a look into the journal. */
export interface RecentEvents {
  add(events: readonly RecordedEvent[], atMs: number): void;
  /** The next events after a place, at most a page; undefined when they are no longer (or not yet) here. */
  after(position: number): Batch | undefined;
}

export function createRecentEvents(): RecentEvents {
  let batches: Arrived[] = [];
  let count = 0;

  function forget(nowMs: number): void {
    let drop = 0;
    while (drop < batches.length - 1 && (count > KEEP_EVENTS || (batches[drop]?.atMs ?? nowMs) < nowMs - KEEP_MS)) {
      count -= batches[drop]?.events.length ?? 0;
      drop += 1;
    }
    if (drop > 0) batches = batches.slice(drop);
  }

  return {
    add(events, atMs) {
      for (let start = 0; start < events.length; start += PAGE_EVENTS) {
        const part = events.slice(start, start + PAGE_EVENTS);
        const first = part[0];
        const last = part.at(-1);
        if (first && last) batches.push({ from: first.sequence - 1, to: last.sequence, events: part, atMs });
      }
      count += events.length;
      forget(atMs);
    },
    after(position) {
      const index = batches.findLastIndex((batch) => batch.from <= position);
      const batch = batches[index];
      if (batch === undefined || batch.to <= position) return undefined;
      // The one next batch as it came: all readers that keep up share it.
      if (batch.from === position && index === batches.length - 1) return batch;
      const events = batches.slice(index, index + PAGE_EVENTS).flatMap((one) => one.events);
      const page = events.slice(position - batch.from, position - batch.from + PAGE_EVENTS);
      return { from: position, to: position + page.length, events: page };
    },
  };
}
