import { describe, expect, it } from 'vitest';
import { noCycles } from '../../../../src/compiler/rules/no-cycles.ts';
import { code, findingsOf, transform } from '../../../support/rules.ts';

describe('no-cycles', () => {
  it('shows a cycle of references', () => {
    const nodes = {
      a: transform('${ nodes.b.output }'),
      b: transform('${ nodes.c.output }'),
      c: transform('${ nodes.a.output }'),
      d: transform('${ nodes.a.output }'),
    };
    expect(findingsOf(noCycles, { nodes })).toEqual([
      {
        path: '/nodes/a',
        message:
          'These nodes wait for each other: a -> b -> c -> a (each for the next). Take one of the references or "after" away.',
      },
    ]);
  });

  it('shows the shortest of a group, and every group', () => {
    const nodes = {
      a: transform(['${ nodes.b.output }', '${ nodes.c.output }']),
      b: transform(1, { after: ['a', 'c'] }),
      c: transform('${ nodes.a.output }', { after: ['b'] }),
      y: transform('${ nodes.a.output }', { after: ['z'] }),
      z: transform(1, { when: 'nodes.y.output == 1' }),
    };
    const shown = findingsOf(noCycles, { nodes }).map(({ message }) => /: (.*) \(/.exec(message)?.[1]);
    expect(shown).toEqual(['a -> b -> a', 'y -> z -> y']);
  });

  it('finds a cycle by what a body reads, and one inside a body', () => {
    const each = {
      kind: 'loop',
      items: [1],
      nodes: { p: transform(1, { after: ['q'] }), q: transform('${ nodes.p.output }') },
      output: '${ nodes.after.output }',
    };
    const found = findingsOf(noCycles, { nodes: { each, after: transform('${ nodes.each.output }') } });
    expect(found.map(({ path }) => path)).toEqual(['/nodes/after', '/nodes/each/nodes/p']);
  });

  it('finds a fallback that waits for what waits for its node', () => {
    const nodes = {
      fetch: code({}, { onFailure: { fallback: 'spare' } }),
      use: transform('${ nodes.fetch.output }'),
      spare: transform('${ nodes.use.output }'),
    };
    const [found] = findingsOf(noCycles, { nodes });
    expect(found?.message).toContain('spare -> use -> spare');
  });

  it('has nothing against a diamond', () => {
    const nodes = {
      a: transform(1),
      b: transform('${ nodes.a.output }'),
      c: transform('${ nodes.a.output }'),
      d: transform(['${ nodes.b.output }', '${ nodes.c.output }']),
    };
    expect(findingsOf(noCycles, { nodes })).toEqual([]);
  });
});
