import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PASSAGE, passagesOf } from '../../../src/cli/passages.ts';

const texts = fc
  .array(fc.oneof(fc.string({ maxLength: 60, unit: 'grapheme' }), fc.constantFrom('', '  ', '😀'.repeat(40))), {
    maxLength: 40,
  })
  .map((lines) => lines.map((line) => line.replaceAll(/[\r\n\u2028\u2029]/g, ' ')).join('\n'));

describe('passages', () => {
  it('end at the borders of paragraphs, and know their lines', () => {
    const text = '# Title\n\nOne.\nStill one.\n\n\nTwo is long.\n\nThree.\n';
    expect(passagesOf(text, 32)).toEqual([
      { text: '# Title\n\nOne.\nStill one.', line: 1 },
      { text: 'Two is long.\n\nThree.', line: 7 },
    ]);
    expect(passagesOf('x\r\n\r\ny', 1)).toEqual([
      { text: 'x', line: 1 },
      { text: 'y', line: 3 },
    ]);
  });

  it('cut a paragraph that is too long at its lines, and a line where it must be', () => {
    expect(passagesOf('aaaa\nbbbb\ncccc', 10).map(({ text }) => text)).toEqual(['aaaa\nbbbb', 'cccc']);
    expect(passagesOf('aaaabbbbcc', 4)).toEqual([
      { text: 'aaaa', line: 1 },
      { text: 'bbbb', line: 1 },
      { text: 'cc', line: 1 },
    ]);
    expect(passagesOf('a😀😀', 2).map(({ text }) => text)).toEqual(['a', '😀', '😀']);
  });

  it('are none of nothing', () => {
    expect(passagesOf('')).toEqual([]);
    expect(passagesOf(' \n\n\t\n')).toEqual([]);
  });

  test.prop([texts, fc.integer({ min: 2, max: 200 })])(
    'hold every word once, in order, none of them too long or through a character, from the line where they begin',
    (text, max) => {
      const passages = passagesOf(text, max);
      const bare = (given: string): string => given.replaceAll(/\s/g, '');
      expect(bare(passages.map((one) => one.text).join(''))).toBe(bare(text));
      const lines = text.split('\n');
      for (const { text: passage, line } of passages) {
        expect(passage.length).toBeLessThanOrEqual(max);
        expect(passage).not.toMatch(/\p{Surrogate}/u);
        expect(lines[line - 1]).toContain(passage.split('\n')[0]?.trimEnd());
      }
    },
  );

  it('have 1,500 characters at most where nobody says otherwise', () => {
    expect(MAX_PASSAGE).toBe(1_500);
    expect(passagesOf('word '.repeat(2_000)).every(({ text }) => text.length <= 1_500)).toBe(true);
  });
});
