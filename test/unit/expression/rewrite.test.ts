import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import { normalizeText, renameInText, renameReferences } from '../../../src/expression/rewrite.ts';
import { parseTemplate } from '../../../src/expression/parse.ts';

const renaming = { from: 'fetch', to: 'load' };

describe('renaming a node in expressions', () => {
  it.each<[string, string]>([
    ['nodes.fetch.output', 'nodes.load.output'],
    ['nodes["fetch"].output', 'nodes["load"].output'],
    ["nodes['fetch'] . output", 'nodes["load"] . output'],
    ['nodes . fetch . output.fetch', 'nodes . load . output.fetch'],
    [
      'input.fetch + nodes.fetched.output + nodes.fetch.failure.message',
      'input.fetch + nodes.fetched.output + nodes.load.failure.message',
    ],
    [
      'has(nodes.fetch.failure) ? [nodes.fetch.output] : {"fetch": nodes.fetch.output}',
      'has(nodes.load.failure) ? [nodes.load.output] : {"fetch": nodes.load.output}',
    ],
    ['nodes.fetch.output.map(fetch, fetch.nodes.fetch)', 'nodes.load.output.map(fetch, fetch.nodes.fetch)'],
    ['[1].map(nodes, nodes.fetch)', '[1].map(nodes, nodes.fetch)'],
    ['[1].map(x, nodes.fetch)', '[1].map(x, nodes.load)'],
    ['nodes.?fetch.output', 'nodes.?load.output'],
    ['"nodes.fetch"', '"nodes.fetch"'],
    ['${ nodes.fetch.output }', '${ nodes.load.output }'],
    ['nodes.fetch +', 'nodes.fetch +'],
    ['1 + 1', '1 + 1'],
  ])('%s becomes %s', (source, renamed) => {
    expect(renameReferences(source, renaming)).toBe(renamed);
  });

  it('leaves the text around expressions letter by letter', () => {
    expect(renameInText('fetch $${nodes.fetch} ${  nodes.fetch.output  } and ${nodes.fetch}', renaming)).toBe(
      'fetch $${nodes.fetch} ${  nodes.load.output  } and ${nodes.load}',
    );
    expect(renameInText('nodes.fetch', renaming)).toBe('nodes.fetch');
    expect(renameInText('${ nodes.fetch', renaming)).toBe('${ nodes.fetch');
    expect(renameInText('${ nodes.other }', renaming)).toBe('${ nodes.other }');
  });
});

describe('the normal form of a text', () => {
  it.each<[string, string]>([
    ['${x}', '${ x }'],
    ['a ${  x  } $${y}', 'a ${ x } $${y}'],
    ['no expression', 'no expression'],
    ['${ open', '${ open'],
  ])('of %s is %s', (text, normal) => {
    expect(normalizeText(text)).toBe(normal);
  });

  test.prop([fc.array(fc.constantFrom('$', '${', '$${', '}', 'x', ' ', '"', '{'), { maxLength: 12 })])(
    'means the same, and is its own normal form',
    (pieces) => {
      const text = pieces.join('');
      const normal = normalizeText(text);
      expect(normalizeText(normal)).toBe(normal);
      const [before, after] = [parseTemplate(text), parseTemplate(normal)];
      expect(after.ok).toBe(before.ok);
      if (before.ok && after.ok) {
        expect(after.value.references).toEqual(before.value.references);
        expect(after.value.evaluate({ x: 1 })).toEqual(before.value.evaluate({ x: 1 }));
      }
    },
  );
});
