import { describe, expect, it } from 'vitest';
import { column, duration, fit, oneLine, textWidth } from '../../../src/cli/text-width.ts';

describe('textWidth', () => {
  it('counts wide characters twice and combining ones not at all', () => {
    expect(textWidth('abc')).toBe(3);
    expect(textWidth('日本')).toBe(4);
    expect(textWidth('e\u0301')).toBe(1);
  });
});

describe('fit and column', () => {
  it('cut by columns, not by characters', () => {
    expect(fit('abcdef', 4)).toBe('abc…');
    expect(fit('日本語', 4)).toBe('日…');
    expect(fit('abc', 0)).toBe('');
    expect(column('日', 4)).toBe('日  ');
  });
});

describe('oneLine', () => {
  it('takes out what moves a cursor', () => {
    expect(oneLine('a\r\n\u001B[31mb\u202Ec')).toBe('a [31mb c');
  });
});

describe('duration', () => {
  it.each([
    [-5, '0 ms'],
    [999.4, '999 ms'],
    [1_000, '1.0 s'],
    [59_949, '59.9 s'],
    [59_999, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h 0 min'],
    [7_500_000, '2 h 5 min'],
  ])('says %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
