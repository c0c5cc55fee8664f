import { describe, expect, it } from 'vitest';
import { soundFallbacks } from '../../../../src/compiler/rules/sound-fallbacks.ts';
import { code, findingsOf, transform } from '../../../support/rules.ts';

const to = (fallback: string) => code({}, { onFailure: { fallback } });

describe('sound-fallbacks', () => {
  it('finds a fallback that is not there, is the node itself, or waits for others', () => {
    const nodes = {
      a: to('spre'),
      b: to('b'),
      c: to('waits'),
      spare: transform(1),
      waits: transform(1, { after: ['spare'] }),
    };
    expect(findingsOf(soundFallbacks, { nodes })).toEqual([
      {
        path: '/nodes/a/onFailure/fallback',
        message: 'Node "a" falls back to "spre", but there is no such node beside it. Did you mean "spare"?',
      },
      {
        path: '/nodes/b/onFailure/fallback',
        message: 'Node "b" falls back to itself. Name another node, or use "retry".',
      },
      {
        path: '/nodes/c/onFailure/fallback',
        message:
          'Node "c" falls back to "waits", but "waits" has an "after". A fallback starts when its node has failed: take the "after" away.',
      },
    ]);
  });

  it('finds two nodes with one fallback', () => {
    expect(findingsOf(soundFallbacks, { nodes: { a: to('spare'), b: to('spare'), spare: transform(1) } })).toEqual([
      {
        path: '/nodes/b/onFailure/fallback',
        message:
          'Node "b" falls back to "spare", but "spare" is the fallback of "a" already. Give each of the two its own.',
      },
    ]);
  });

  it('has nothing against a fallback with a fallback', () => {
    expect(findingsOf(soundFallbacks, { nodes: { a: to('b'), b: to('c'), c: transform(1) } })).toEqual([]);
  });
});
