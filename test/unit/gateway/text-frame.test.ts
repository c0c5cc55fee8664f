import { describe, expect, it } from 'vitest';
import { textFrame } from '../../../src/gateway/text-frame.ts';

/** What a client reads (RFC 6455, 5.2). */
function read(frame: Buffer): string {
  expect(frame[0]).toBe(0x81);
  const short = frame.readUInt8(1);
  const [at, size] =
    short < 126 ? [2, short] : short === 126 ? [4, frame.readUInt16BE(2)] : [10, Number(frame.readBigUInt64BE(2))];
  expect(frame.length).toBe(at + size);
  return frame.toString('utf8', at);
}

describe('A frame of text', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('of %i bytes is read as it was written', (size) => {
    const text = 'x'.repeat(size);
    const frame = textFrame(text);
    expect(read(frame)).toBe(text);
    // The shortest form of the size is the one that is allowed.
    expect(frame.length - size).toBe(size < 126 ? 2 : size < 65_536 ? 4 : 10);
  });

  it('counts bytes, not characters', () => {
    const text = '🧊é'.repeat(30);
    expect(read(textFrame(text))).toBe(text);
  });
});
