import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import {
  lifetimeFault,
  limitFault,
  metadataFault,
  nameFault,
  storableText,
  textFault,
} from '../../../src/memory/memory-input.ts';

const limits = { maxMetadataBytes: 60, maxMetadataDepth: 2 };

describe('what memories are given', () => {
  test('is kept up to its limit and not above', () => {
    expect(nameFault('subject', 'a'.repeat(256))).toBeUndefined();
    expect(nameFault('subject', 'a'.repeat(257))).toMatch(/^The subject has 257 characters, and at most 256/);
    expect(nameFault('subject', '')).toBe('The subject is empty. Give it a name.');
    expect(textFault('text', 'é'.repeat(5), 10)).toBeUndefined();
    expect(textFault('text', 'é'.repeat(6), 10)).toMatch(/^The text has 12 bytes, and at most 10/);
    expect(metadataFault({ a: { b: 'c' } }, limits)).toBeUndefined();
    expect(metadataFault({ a: { b: { c: 1 } } }, limits)).toMatch(/more than 2 levels deep/);
    expect(metadataFault({ a: [[]] }, limits)).toMatch(/more than 2 levels deep/);
    expect(metadataFault({ a: 'x'.repeat(52) }, limits)).toBeUndefined();
    expect(metadataFault({ a: 'x'.repeat(53) }, limits)).toMatch(/^The metadata has 61 bytes as JSON, and at most 60/);
    expect([lifetimeFault(undefined), lifetimeFault(1), lifetimeFault(3_153_600_000_000)]).toEqual(Array(3));
    for (const wrong of [0, -1, 0.5, NaN, Infinity, 3_153_600_000_001])
      expect(lifetimeFault(wrong)).toMatch(/cannot be kept/);
    expect([limitFault(1, 100), limitFault(100, 100)]).toEqual(Array(2));
    for (const wrong of [0, 101, 1.5, NaN]) expect(limitFault(wrong, 100)).toMatch(/Ask for 1 to 100/);
  });

  test('may hold any character, but no NUL and no half of one', () => {
    expect(textFault('text', 'Zoë 👩‍🚀 漢', 100)).toBeUndefined();
    for (const wrong of ['\0', 'a\0b', '\ud83d', '\ude00 x', 'x \ude00\ud83d']) {
      expect(textFault('text', wrong, 100)).toMatch(/holds a NUL or half of a character/);
      expect(metadataFault({ a: wrong }, limits)).toMatch(/holds a NUL or half of a character/);
      expect(metadataFault({ a: [{ [wrong]: 1 }] }, { ...limits, maxMetadataDepth: 3 })).toMatch(/holds a NUL/);
    }
  });

  test('can be made to fit, with no half of a character at its end', () => {
    expect(storableText('Zoë 👩‍🚀 漢', 100)).toBe('Zoë 👩‍🚀 漢');
    expect(storableText('a\0b', 100)).toBe('ab');
    expect(storableText('x \ude00\ud83d', 100)).toBe('x \ufffd\ufffd');
    expect([0, 1, 2, 3, 4, 5].map((bytes) => storableText('é漢', bytes))).toEqual(['', '', 'é', 'é', 'é', 'é漢']);
    expect([3, 4, 5].map((bytes) => storableText('😀😀', bytes))).toEqual(['', '😀', '😀']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, maxBytes) => {
        const kept = storableText(text, maxBytes);
        const whole = Buffer.from(text.replaceAll('\0', '')).toString();
        expect(textFault('text', kept, maxBytes)).toBeUndefined();
        expect(whole.startsWith(kept)).toBe(true);
        const [next = ''] = whole.slice(kept.length);
        expect(next === '' || Buffer.byteLength(kept + next) > maxBytes).toBe(true);
      }),
    );
  });

  test('is as deep as its brackets', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 5 }), (value, depth) => {
        const metadata = { a: value as Json };
        const text = JSON.stringify(metadata).replaceAll(/"(\\.|[^"\\])*"/g, '');
        let [deep, deepest] = [0, 0];
        for (const one of text) {
          if (one === '{' || one === '[') deepest = Math.max(deepest, (deep += 1));
          if (one === '}' || one === ']') deep -= 1;
        }
        const fault = metadataFault(metadata, { maxMetadataBytes: 1e9, maxMetadataDepth: depth });
        expect(fault?.includes('levels deep') ?? false).toBe(deepest > depth);
      }),
    );
  });

  test('may be far deeper than anybody can go down', () => {
    let metadata: Json = {};
    for (let level = 0; level < 100_000; level += 1) metadata = { a: metadata };
    expect(metadataFault({ metadata }, limits)).toMatch(/more than 2 levels deep/);
  });
});
