import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberCursors, textCursors, toConnection, toPageArguments } from '../../../src/gateway/connection.ts';

const names = textCursors('blueprints');
const versions = numberCursors('revisions');

describe('Arguments of a connection', () => {
  it('ask for the first 20 by default', () => {
    expect(toPageArguments({}, names)).toEqual({
      limit: 20,
      direction: 'forward',
      after: undefined,
      before: undefined,
    });
  });

  it('may go backward from a cursor', () => {
    expect(toPageArguments({ last: 3, before: versions.encode(7) }, versions)).toMatchObject({
      limit: 3,
      direction: 'backward',
      before: 7,
    });
  });

  it.each([
    [{ first: 0 }, 'first is 0; a page holds 1 to 100 items.'],
    [{ first: 101 }, 'first is 101; a page holds 1 to 100 items.'],
    [{ last: -1 }, 'last is -1; a page holds 1 to 100 items.'],
    [{ first: 1, last: 1 }, 'Give either first or last, not both.'],
    [{ after: names.encode('a\u0000b') }, 'after is no cursor of this list. Pass on a cursor that it gave you.'],
    [{ after: 'nonsense' }, 'after is no cursor of this list. Pass on a cursor that it gave you.'],
    [{ before: versions.encode(1) }, 'before is no cursor of this list. Pass on a cursor that it gave you.'],
  ])('are refused as a bad request: %j', (args, message) => {
    expect(() => toPageArguments(args, names)).toThrow(message);
  });
});

describe('A cursor', () => {
  it('is what its list made of a key, and no other list can read it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (key) => {
        expect(names.decode(names.encode(key))).toBe(key);
        expect(versions.decode(names.encode(key))).toBeUndefined();
      }),
    );
  });
});

describe('A page', () => {
  it('names its ends', () => {
    const page = { items: ['a', 'b'], hasNextPage: true, hasPreviousPage: false };
    const { edges, pageInfo } = toConnection(page, names, (item) => item);
    expect(edges.map(({ node }) => node)).toEqual(['a', 'b']);
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: names.encode('a'),
      endCursor: names.encode('b'),
    });
  });

  it('without items has no ends', () => {
    const { pageInfo } = toConnection({ items: [], hasNextPage: false, hasPreviousPage: false }, names, String);
    expect(pageInfo).toMatchObject({ startCursor: null, endCursor: null });
  });
});
