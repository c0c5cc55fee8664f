import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { KIB, MIB } from '../../../src/core/units.ts';
import { createKeptText, KEPT_UNITS } from '../../../src/live/kept-text.ts';
import { createLocalTexts } from '../../../src/live/live-texts.ts';
import { createTextBuffer, type AttemptPlace, type TextBuffer } from '../../../src/live/text-buffer.ts';
import { EXECUTION_ID } from '../../support/live.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { arbitraryPiece, toShown } from '../../support/said.ts';

const at = (path: string, attempt = 1): AttemptPlace => ({ executionId: EXECUTION_ID, path, attempt });
const bufferOf = (maxBytes = 64 * MIB): TextBuffer => createTextBuffer({ maxBytes, lingerMs: 1_000 });
const log = (buffer: TextBuffer, path: string) => buffer.of(EXECUTION_ID).find((texts) => texts.path === path)?.log;

describe('A kept text', () => {
  test.prop([fc.array(arbitraryPiece(), { maxLength: 60 }), fc.nat(1_000_000), fc.nat(1_000_000)])(
    'is the newest part of what was said, whole pairs of surrogates, whatever the pieces were',
    (pieces, from, to) => {
      const text = createKeptText();
      for (const piece of pieces) text.append(piece);
      const said = toShown(pieces);
      expect(text.end).toBe(said.length);
      expect(text.read(0, text.end)).toBe(said.slice(text.start));
      expect(text.start).toBeGreaterThanOrEqual(said.length - KEPT_UNITS);
      expect(text.start).toBeLessThanOrEqual(Math.max(0, said.length - KEPT_UNITS + 1));
      expect(text.read(0, text.end)).not.toMatch(/\p{Surrogate}/u);
      expect(text.read(from, to)).toBe(said.slice(Math.max(from, text.start), Math.max(to, from)));
    },
  );

  it('keeps the last 256 Ki units', () => {
    const text = createKeptText();
    for (let n = 0; n < 300; n += 1) text.append('x'.repeat(KIB));
    expect([text.start, text.end]).toEqual([44 * KIB, 300 * KIB]);
    text.append('y'.repeat(KEPT_UNITS + 1));
    expect(text.read(0, text.end)).toBe('y'.repeat(KEPT_UNITS));
  });

  it('puts U+FFFD for half a pair, and waits for the other half at the end of a piece', () => {
    const text = createKeptText();
    text.append('a\ud83d');
    expect(text.read(0, text.end)).toBe('a');
    text.append('\ude00\u0000\ude00b');
    expect(text.read(0, text.end)).toBe('a😀\u0000\ufffdb');
  });
});

describe('The texts of running attempts', () => {
  it('begin at 0 with each attempt, and are kept apart by channel', () => {
    const buffer = bufferOf();
    for (const attempt of [1, 2]) {
      const texts = buffer.begin(at('a', attempt));
      buffer.append(texts, 'text', `words ${attempt}`);
      buffer.append(texts, 'log', 'line');
    }
    expect(buffer.of(EXECUTION_ID).map(({ attempt, text, log }) => [attempt, text.read(0, 99), log.end])).toEqual([
      [1, 'words 1', 4],
      [2, 'words 2', 4],
    ]);
  });

  it('take no more than the bound: what ended goes first, then what was silent for longest', () => {
    const buffer = bufferOf(MIB);
    const say = (path: string): void => buffer.append(buffer.begin(at(path)), 'log', path.repeat(200 * KIB));
    for (const path of ['a', 'b']) say(path);
    buffer.end(at('b'), 0);
    say('c');
    expect(buffer.bytes).toBeLessThanOrEqual(MIB);
    expect(['a', 'b', 'c'].map((path) => log(buffer, path)?.start)).toEqual([0, 200 * KIB, 0]);
    say('d');
    // What is left of a dropped one says how much is missing.
    expect(['a', 'b', 'c', 'd'].map((path) => log(buffer, path)?.start)).toEqual([200 * KIB, 200 * KIB, 0, 0]);
    expect(log(buffer, 'a')?.end).toBe(200 * KIB);
    expect(buffer.bytes).toBeLessThanOrEqual(MIB);
  });

  it('are forgotten a while after their attempt has ended, silent ones and released ones at once', () => {
    const buffer = bufferOf();
    for (const path of ['a', 'b', 'silent', 'released']) buffer.begin(at(path));
    for (const texts of buffer.of(EXECUTION_ID)) if (texts.path !== 'silent') buffer.append(texts, 'log', 'x');
    buffer.end(at('a'), 0);
    buffer.end(at('silent'), 0);
    buffer.release(at('released'));
    buffer.end(at('b'), 600);
    expect(buffer.of(EXECUTION_ID).map(({ path }) => path)).toEqual(['a', 'b']);
    buffer.forget(1_200);
    expect(buffer.of(EXECUTION_ID).map(({ path }) => path)).toEqual(['b']);
    buffer.forget(2_000);
    expect([buffer.of(EXECUTION_ID), buffer.bytes]).toEqual([[], 0]);
  });

  it('of another process say by their start what went by unheard, and take nothing twice', () => {
    const buffer = bufferOf();
    const hear = (offset: number, text: string): boolean => buffer.receive(at('a'), { channel: 'text', offset, text });
    expect([hear(5, 'fgh'), hear(5, 'fgh'), hear(7, 'hij'), hear(20, 'uv')]).toEqual([true, false, true, true]);
    const [heard] = buffer.of(EXECUTION_ID);
    expect([heard?.text.start, heard?.text.read(0, 99)]).toEqual([20, 'uv']);
    // The next attempt runs elsewhere: who ran this one will not say that it is over.
    buffer.receive(at('a', 2), { channel: 'text', offset: 0, text: 'x' });
    expect(buffer.of(EXECUTION_ID).map(({ attempt }) => attempt)).toEqual([2]);
  });

  it('go with the outcome: at once while nobody follows, else a little later', () => {
    const clock = createManualClock();
    const texts = createLocalTexts({ clock, maxBytes: MIB, lingerMs: 1_000 });
    const outcome = { type: 'attemptCanceled', sequence: 3, at: 1, path: 'a', attempt: 1, cause: 'notNeeded' } as const;
    const end = (): void => {
      texts.open(at('a')).say('log', 'x');
      texts.onCommitted([{ executionId: EXECUTION_ID, tenant: DEFAULT_TENANT, lastSequence: 3, events: [outcome] }]);
    };
    end();
    expect(texts.of(EXECUTION_ID)).toEqual([]);
    const stop = texts.subscribe(EXECUTION_ID, () => undefined);
    end();
    expect(texts.of(EXECUTION_ID)).toMatchObject([{ path: 'a', isOver: true }]);
    clock.advance(1_001);
    texts.forget();
    expect(texts.of(EXECUTION_ID)).toEqual([]);
    stop();
  });

  it('cost next to nothing to say while nobody listens', () => {
    const texts = createLocalTexts({ clock: createManualClock(), maxBytes: 64 * MIB, lingerMs: 1_000 });
    const voice = texts.open(at('a'));
    const sayMany = (): number => {
      const startedAt = performance.now();
      for (let n = 0; n < 10_000; n += 1) voice.say('text', 'word ');
      return performance.now() - startedAt;
    };
    const rounds = Array.from({ length: 20 }, sayMany).sort((a, b) => a - b);
    // About 5 ms on an idle machine. Equal work for the first and the last piece: no round grows with the text.
    expect(rounds[10]).toBeLessThan(200);
  });
});
