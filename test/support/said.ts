import { fc } from '@fast-check/vitest';

/** Pieces as models and programs say them, and worse: halves of pairs, NUL, nothing, very much. */
export const arbitraryPiece = (): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.string({ unit: fc.constantFrom('a', 'é', '\u0000', '"', '\n', '😀', '\ud83d', '\ude00') }),
    },
    { weight: 1, arbitrary: fc.nat(150_000).map((length) => '😀b'.repeat(length / 3)) },
  );

/** What readers are shown of pieces: halves of pairs replaced, without one at the very end. */
export const toShown = (pieces: readonly string[]): string =>
  pieces
    .join('')
    .replace(/[\ud800-\udbff]$/, '')
    .replaceAll(/\p{Surrogate}/gu, '\ufffd');
