import { describe, expect, it } from 'vitest';
import { nodeCount } from '../../../../src/compiler/rules/node-count.ts';
import { nodeDepth } from '../../../../src/compiler/rules/node-depth.ts';
import { findingsOf, transform } from '../../../support/rules.ts';

/** A node inside as many loops. */
const nested = (loops: number): object =>
  loops === 0
    ? transform(1)
    : { kind: 'loop', items: [1], as: `l${loops}`, nodes: { [`n${loops}`]: nested(loops - 1) } };

describe('node-depth', () => {
  it('finds nodes that are nested too deeply, with the number', () => {
    const [found, ...others] = findingsOf(nodeDepth, { nodes: { top: nested(32) } });
    expect(others).toEqual([]);
    expect(found?.path.split('/nodes/')).toHaveLength(33);
    expect(found?.message).toBe('The nodes inside "n2" are nested 33 deep; 32 are allowed. Move them outwards.');
  });

  it('has nothing against 32', () => {
    expect(findingsOf(nodeDepth, { nodes: { top: nested(31) } })).toEqual([]);
  });
});

describe('node-count', () => {
  const many = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, transform(1)]));

  it('finds a blueprint of more than 10,000 nodes, with the number', () => {
    const nodes = { ...many(10_000), each: { kind: 'loop', items: [], nodes: { inner: transform(1) } } };
    expect(findingsOf(nodeCount, { nodes })).toEqual([
      {
        path: '/nodes',
        message: 'The blueprint has 10002 nodes at all depths; 10000 are allowed. Use a loop for what repeats.',
      },
    ]);
  });

  it('has nothing against 10,000', () => {
    expect(findingsOf(nodeCount, { nodes: many(10_000) })).toEqual([]);
  });
});
