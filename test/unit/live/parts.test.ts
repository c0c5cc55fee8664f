import { describe, expect, it } from 'vitest';
import { createArrivals } from '../../../src/live/arrivals.ts';
import { createJournalReader } from '../../../src/live/journal-reader.ts';
import { createRecentEvents } from '../../../src/live/recent-events.ts';
import { pullStream } from '../../../src/live/pull-stream.ts';
import { createSignalBox } from '../../../src/live/signal-box.ts';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { EXECUTION_ID, settled } from '../../support/live.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const event = (sequence: number) => ({ type: 'unknown' as const, sequence, at: sequence });
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
const never = new AbortController().signal;

describe('Arrivals', () => {
  it('tell which sequence was known how long ago', () => {
    const arrivals = createArrivals(1_000);
    arrivals.note(1, 0);
    arrivals.note(5, 500);
    arrivals.note(9, 2_000);
    expect([-1, 0, 499, 500, 1_999, 2_000].map((atMs) => arrivals.knownAt(atMs))).toEqual([0, 1, 1, 5, 5, 9]);
  });

  it('remember as long as they are asked to, in bounded room', () => {
    const arrivals = createArrivals(1_000);
    for (let atMs = 0; atMs <= 100_000; atMs += 10) arrivals.note(atMs, atMs);
    const known = arrivals.knownAt(99_000);
    expect(known).toBeGreaterThanOrEqual(99_000);
    expect(known).toBeLessThan(99_100);
    expect(arrivals.knownAt(10_000)).toBe(0);
  });
});

describe('Recent events', () => {
  it('give the newest batch as it came, and older ones together', () => {
    const recent = createRecentEvents();
    recent.add(events(1, 3), 0);
    recent.add(events(4, 4), 0);
    recent.add(events(5, 6), 0);
    expect(recent.after(4)?.events).toEqual(events(5, 6));
    expect(recent.after(4)).toBe(recent.after(4));
    expect(recent.after(1)?.events).toEqual(events(2, 6));
    expect(recent.after(6)).toBeUndefined();
    expect(recent.after(0)).toEqual({ from: 0, to: 6, events: events(1, 6) });
  });

  it('are cut into pages and forgotten by number and age, but for the newest', () => {
    const recent = createRecentEvents();
    recent.add(events(1, 250), 0);
    expect(recent.after(0)?.to).toBe(100);
    recent.add(events(251, 700), 1);
    expect(recent.after(0)).toBeUndefined();
    recent.add(events(701, 701), 60_000);
    expect(recent.after(600)).toBeUndefined();
    expect(recent.after(700)?.to).toBe(701);
    recent.forget(70_000);
    expect(recent.after(700)).toBeUndefined();
  });

  it('are bounded by bytes too', () => {
    const recent = createRecentEvents();
    const large = (sequence: number) => ({ ...event(sequence), filler: 'x'.repeat(1024 * 1024) });
    for (let sequence = 1; sequence <= 4; sequence += 1) recent.add([large(sequence)], 0);
    expect(recent.after(1)).toBeUndefined();
    expect(recent.after(3)?.to).toBe(4);
  });
});

describe('The reader of the journal', () => {
  it('asks for everything that waits in one statement, one statement at a time', async () => {
    const asked: number[] = [];
    let answer: (() => void) | undefined;
    const reader = createJournalReader({
      async readMany(requests) {
        asked.push(requests.length);
        await new Promise<void>((resolve) => (answer = resolve));
        return requests.map(({ after }) => ({ events: [event(after + 1)], more: false }));
      },
    });
    const ask = (after: number) => reader.page({ tenant: DEFAULT_TENANT, executionId: EXECUTION_ID, after });
    const first = [ask(1), ask(2)];
    await settled();
    const second = [ask(3), ask(4), ask(5)];
    answer?.();
    await settled();
    answer?.();
    expect((await Promise.all([...first, ...second])).map(({ events: [one] }) => one?.sequence)).toEqual([
      2, 3, 4, 5, 6,
    ]);
    expect(asked).toEqual([2, 3]);
  });
});

describe('A stream that is pulled', () => {
  it('ends once, however it ends', async () => {
    let ends = 0;
    const make = () =>
      pullStream(
        async function* () {
          yield 1;
        },
        () => (ends += 1),
      );
    const read = make();
    for await (const value of read) expect(value).toBe(1);
    await read.return();
    await make().return();
    await expect(make().throw(new Error('Enough.'))).rejects.toThrow('Enough.');
    expect(ends).toBe(3);
  });

  it('tells its reader what went wrong, unless the reader has gone', async () => {
    let ends = 0;
    const make = () =>
      pullStream<number>(
        async function* (signal) {
          yield 1;
          if (!signal.aborted) throw new Error('It broke.');
        },
        () => (ends += 1),
      );
    const broken = make();
    await broken.next();
    await expect(broken.next()).rejects.toThrow('It broke.');
    const left = make();
    await left.next();
    await left.return();
    expect(await left.next()).toEqual({ done: true, value: undefined });
    expect(ends).toBe(2);
  });
});

describe('A box of signals', () => {
  it('gathers each key once while its reader is busy', async () => {
    const box = createSignalBox<string>();
    for (const key of ['a', 'b', 'a']) box.add(key);
    const at = { clock: createManualClock(), pollIntervalMs: 1_000 };
    expect(await box.take(at, never)).toEqual({ keys: ['a', 'b'], isLook: false });
    const next = box.take(at, never);
    box.look();
    expect(await next).toEqual({ keys: [], isLook: true });
  });

  it('looks by itself when nothing was heard', async () => {
    const clock = createManualClock();
    const next = createSignalBox<string>().take({ clock, pollIntervalMs: 1_000 }, never);
    clock.advance(1_000);
    expect(await next).toEqual({ keys: [], isLook: true });
  });

  it('stops waiting when its signal fires', async () => {
    const controller = new AbortController();
    const next = createSignalBox<string>().take(
      { clock: createManualClock(), pollIntervalMs: 1_000 },
      controller.signal,
    );
    controller.abort(new Error('Gone.'));
    await expect(next).rejects.toThrow('Gone.');
  });
});
