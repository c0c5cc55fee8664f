import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createFrameReader, encodeFrame, MAX_FRAME_BYTES } from '../../../src/protocol/framing.ts';

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)];
};

describe('a frame reader', () => {
  test.prop([
    fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 8 }),
    fc.array(fc.nat(9), { maxLength: 30 }),
  ])('gives back each payload, however the bytes are cut', (payloads, sizes) => {
    const reader = createFrameReader();
    const read: string[] = [];
    for (const piece of cut(Buffer.concat(payloads.map(encodeFrame)), sizes)) {
      const frames = reader.push(piece);
      expect(frames.ok).toBe(true);
      if (frames.ok) read.push(...frames.value.map((frame) => frame.toString('utf8')));
    }
    expect(read).toEqual(payloads);
  });

  it('refuses a frame that is larger than allowed as soon as its length is known', () => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(MAX_FRAME_BYTES + 1);
    expect(createFrameReader().push(header)).toMatchObject({ ok: false });
  });

  it('refuses an empty frame', () => {
    expect(createFrameReader().push(Buffer.alloc(4))).toMatchObject({ ok: false });
  });

  test.prop([fc.uint8Array({ maxLength: 200 })])('never throws at garbage', (bytes) => {
    expect(() => createFrameReader(64).push(Buffer.from(bytes))).not.toThrow();
  });

  it('does not write a frame that the other side would refuse', () => {
    expect(() => encodeFrame('x'.repeat(MAX_FRAME_BYTES + 1))).toThrow(/larger than/);
  });
});
