import { describe, expect, it } from 'vitest';
import { localNames } from '../../../../src/compiler/rules/local-names.ts';
import { findingsOf } from '../../../support/rules.ts';

const loop = (as?: string, nodes: object = {}) => ({
  kind: 'loop',
  items: [1],
  nodes,
  ...(as !== undefined && { as }),
});

describe('local-names', () => {
  it('finds an item that is called like something else', () => {
    const nodes = { a: loop('input'), b: loop('nodes'), c: loop('index'), d: loop('string') };
    expect(findingsOf(localNames, { nodes })).toEqual([
      {
        path: '/nodes/a/as',
        message: 'Loop "a" calls an item "input", which is the input of the execution. Choose another name with "as".',
      },
      {
        path: '/nodes/b/as',
        message:
          'Loop "b" calls an item "nodes", which is what other nodes are read by. Choose another name with "as".',
      },
      {
        path: '/nodes/c/as',
        message: 'Loop "c" calls an item "index", which is the number of the iteration. Choose another name with "as".',
      },
      {
        path: '/nodes/d/as',
        message:
          'Loop "d" calls an item "string", which is a word of the expression language. Choose another name with "as".',
      },
    ]);
  });

  it('finds an item that hides the item of a loop around it, also by the default name', () => {
    expect(findingsOf(localNames, { nodes: { outer: loop(undefined, { inner: loop() }) } })).toEqual([
      {
        path: '/nodes/outer/nodes/inner',
        message:
          'Loop "inner" calls an item "item", which is an item of the loop "outer" around it. Choose another name with "as".',
      },
    ]);
  });

  it('has nothing against loops side by side, nor against the name of a node', () => {
    expect(findingsOf(localNames, { nodes: { a: loop('a'), b: loop('a', { c: loop('d') }) } })).toEqual([]);
  });
});
