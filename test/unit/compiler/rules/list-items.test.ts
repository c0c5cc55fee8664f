import { describe, expect, it } from 'vitest';
import { listItems } from '../../../../src/compiler/rules/list-items.ts';
import { findingsOf, transform } from '../../../support/rules.ts';

const loop = (items: unknown) => ({ kind: 'loop', items });

describe('list-items', () => {
  it('finds a loop through what is no list', () => {
    const nodes = { a: transform({ x: 1 }), b: loop('${ nodes.a.output }'), c: loop('text'), d: loop({ x: 1 }) };
    expect(findingsOf(listItems, { nodes }).map(({ path }) => path)).toEqual([
      '/nodes/b/items',
      '/nodes/c/items',
      '/nodes/d/items',
    ]);
    expect(findingsOf(listItems, { nodes: { c: loop('text') } })[0]?.message).toBe(
      'Loop "c" goes through a string, and needs a list. Read one, or write one: [...].',
    );
  });

  it('has nothing against a list, nor against what is not known', () => {
    expect(findingsOf(listItems, { nodes: { a: loop([1]), b: loop('${ input.x }'), c: loop('${ [1, 2] }') } })).toEqual(
      [],
    );
  });
});
