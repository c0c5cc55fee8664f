import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listed, nearMatches, suggestion } from '../../../src/registry/near-matches.ts';

describe('near matches', () => {
  it('finds a name with a letter missing, doubled, wrong or swapped with its neighbour', () => {
    for (const wanted of ['text.templte', 'text.tempplate', 'text.tenplate', 'text.tmeplate']) {
      expect(nearMatches(wanted, ['csv.parse', 'text.template'])).toEqual(['text.template']);
    }
  });

  it('takes case and the signs between words for nothing', () => {
    expect(nearMatches('fetchPage', ['fetch_page', 'store'])).toEqual(['fetch_page']);
  });

  it('names the nearest first, equals by name, at most three', () => {
    expect(nearMatches('word', ['wort', 'wordy', 'ward', 'lord', 'banana'])).toEqual(['lord', 'ward', 'wordy']);
  });

  it('never names what was asked for, nor something entirely different', () => {
    expect(nearMatches('greet', ['greet', 'summarise'])).toEqual([]);
  });

  it('bounds its work on endless names', () => {
    expect(nearMatches('a'.repeat(100_000), [`${'a'.repeat(64)}tail`])).toEqual([`${'a'.repeat(64)}tail`]);
  });

  it('finds every name after one replaced letter, whatever the name', () => {
    const name = fc.stringMatching(/^[a-z]{3,20}$/);
    fc.assert(
      fc.property(name, fc.nat(), (original, place) => {
        const at = place % original.length;
        const wanted = `${original.slice(0, at)}0${original.slice(at + 1)}`;
        expect(nearMatches(wanted, ['zz', original, '1234567'])).toContain(original);
      }),
    );
  });
});

describe('a suggestion', () => {
  it('asks whether a near name was meant', () => {
    expect(suggestion('gret', ['greet', 'great'])).toBe('Did you mean "great" or "greet"?');
  });

  it('lists a few names when none is near', () => {
    expect(suggestion('zebra', ['b_two', 'a_one'])).toBe('There are "a_one" and "b_two".');
    expect(suggestion('zebra', ['a_one'])).toBe('There is "a_one".');
  });

  it('counts many names, and says when there is none', () => {
    expect(
      suggestion(
        'zebra',
        Array.from({ length: 11 }, (_, n) => `number_${n}`),
      ),
    ).toBe('There are 11, none of a similar name.');
    expect(suggestion('zebra', [])).toBe('There is none.');
  });

  it('joins names as a sentence does', () => {
    expect(listed([], 'or')).toBe('');
    expect(listed(['a'], 'or')).toBe('"a"');
    expect(listed(['a', 'b', 'c'], 'or')).toBe('"a", "b" or "c"');
  });
});
