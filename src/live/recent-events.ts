import { MIB } from '../core/units.ts';
import type { RecordedEvent } from '../execution/events.ts';
import { PAGE_EVENTS } from './journal-reader.ts';
import { roughSize } from './rough-size.ts';

const KEEP_EVENTS = 512;
const KEEP_BYTES = 4 * MIB;
const KEEP_MS = 2_000;

/** Events in a row: those after `from` up to `to`. Equal readers get the same object, so that its work is done once. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  readonly events: readonly RecordedEvent[];
}

interface Arrived extends Batch {
  readonly atMs: number;
  readonly bytes: number;
}

/** The newest events as they came: what readers that keep up are served from, without a look into the journal. */
export interface RecentEvents {
  add(events: readonly RecordedEvent[], atMs: number): void;
  /** The next events after a place, at most a page; undefined when they are no longer (or not yet) here. */
  after(position: number): Batch | undefined;
  /** Drops what is too old to be asked for again. */
  forget(nowMs: number): void;
}

export function createRecentEvents(): RecentEvents {
  let batches: Arrived[] = [];
  let count = 0;
  let bytes = 0;
  /** Of more than one batch, by where they begin, until something comes or goes: who is released together reads on together. */
  const pages = new Map<number, Batch>();

  function forget(nowMs: number): void {
    let drop = 0;
    for (const batch of batches) {
      const isNewest = drop === batches.length - 1;
      const tooMuch = !isNewest && (count > KEEP_EVENTS || bytes > KEEP_BYTES);
      if (!tooMuch && batch.atMs >= nowMs - KEEP_MS) break;
      count -= batch.events.length;
      bytes -= batch.bytes;
      drop += 1;
    }
    if (drop === 0) return;
    batches = batches.slice(drop);
    pages.clear();
  }

  return {
    add(events, atMs) {
      for (let start = 0; start < events.length; start += PAGE_EVENTS) {
        const part = events.slice(start, start + PAGE_EVENTS);
        const first = part[0];
        const last = part.at(-1);
        if (first === undefined || last === undefined) continue;
        const size = roughSize(part);
        batches.push({ from: first.sequence - 1, to: last.sequence, events: part, atMs, bytes: size });
        bytes += size;
      }
      count += events.length;
      pages.clear();
      forget(atMs);
    },
    forget,
    after(position) {
      const index = batches.findLastIndex((batch) => batch.from <= position);
      const batch = batches[index];
      if (batch === undefined || batch.to <= position) return undefined;
      // The one next batch as it came: all readers that keep up share it.
      if (batch.from === position && index === batches.length - 1) return batch;
      const known = pages.get(position);
      if (known !== undefined) return known;
      const events = batches.slice(index, index + PAGE_EVENTS).flatMap((one) => one.events);
      const page = events.slice(position - batch.from, position - batch.from + PAGE_EVENTS);
      const made: Batch = { from: position, to: position + page.length, events: page };
      pages.set(position, made);
      return made;
    },
  };
}
