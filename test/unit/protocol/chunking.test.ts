import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, createValueAssembler, splitValue } from '../../../src/protocol/chunking.ts';
import { encodeFrame, MAX_FRAME_BYTES } from '../../../src/protocol/framing.ts';
import { type Chunk, ToWorker } from '../../../src/protocol/messages.ts';

const TOKEN = 'a'.repeat(32);
const chunk = (value: number, index: number, text: string): Chunk => ({
  type: 'chunk',
  token: TOKEN,
  value,
  index,
  data: Buffer.from(text).toString('base64'),
});

const travel = (value: unknown): unknown => {
  const split = splitValue(JSON.stringify(value), TOKEN, 1);
  const assembler = createValueAssembler(64 * CHUNK_BYTES);
  for (const part of split.chunks) {
    expect(encodeFrame(JSON.stringify(part)).length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    expect(assembler.add(part).ok).toBe(true);
  }
  const taken = assembler.take(split.value);
  return taken.ok ? taken.value.json : taken.error;
};

/** Without the one name that is dropped on purpose. */
const ordinaryJson = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('a value on the channel', () => {
  test.prop([ordinaryJson])('arrives as it was sent', (value) => {
    const text = JSON.stringify(value);
    expect(travel(value)).toEqual(JSON.parse(text));
  });

  it.each(['"'.repeat(CHUNK_BYTES), '€'.repeat(CHUNK_BYTES), '🧊'.repeat(CHUNK_BYTES), '\u0000'.repeat(CHUNK_BYTES)])(
    'travels in chunks when it is long, whatever its characters',
    (text) => {
      expect(travel({ text })).toEqual({ text });
    },
  );

  it('fits into one frame when it is just short enough, whatever its characters', () => {
    const text = JSON.stringify('"'.repeat(CHUNK_BYTES / 2 - 1));
    expect(Buffer.byteLength(text)).toBe(CHUNK_BYTES);
    const { value, chunks } = splitValue(text, TOKEN, 1);
    expect(chunks).toEqual([]);
    expect(encodeFrame(JSON.stringify({ type: 'run', token: TOKEN, call: value })).length).toBeLessThan(
      MAX_FRAME_BYTES,
    );
  });

  it('is refused when chunks are missing, out of order, empty or too many', () => {
    const assembler = createValueAssembler(8);
    expect(assembler.add(chunk(1, 1, 'x'))).toMatchObject({ ok: false, error: { kind: 'malformed' } });
    expect(assembler.add(chunk(1, 0, ''))).toMatchObject({ ok: false, error: { kind: 'malformed' } });
    expect(assembler.add(chunk(1, 0, '12345')).ok).toBe(true);
    expect(assembler.add(chunk(2, 0, '6789'))).toMatchObject({ ok: false, error: { kind: 'tooLarge' } });
    expect(assembler.take({ chunked: 1, count: 2, bytes: 5 })).toMatchObject({ ok: false });
    expect(assembler.take({ chunked: 9, count: 1, bytes: 1 })).toMatchObject({ ok: false });
  });

  it('makes room again when it was taken', () => {
    const assembler = createValueAssembler(4);
    for (let value = 1; value <= 10; value += 1) {
      expect(assembler.add(chunk(value, 0, '1234')).ok).toBe(true);
      expect(assembler.take({ chunked: value, count: 1, bytes: 4 })).toMatchObject({ ok: true, value: { json: 1234 } });
    }
  });
});

describe('a message', () => {
  it.each([
    { type: 'run', token: 'short', call: { inline: 1 } },
    { type: 'run', token: TOKEN, call: {} },
    { type: 'run', token: TOKEN, call: { inline: 1 }, more: true },
    { type: 'unknown', token: TOKEN },
    { type: 'chunk', token: TOKEN, value: -1, index: 0, data: '' },
    null,
    [],
  ])('of no known form is refused: %j', (message) => {
    expect(ToWorker.safeParse(message).success).toBe(false);
  });
});
