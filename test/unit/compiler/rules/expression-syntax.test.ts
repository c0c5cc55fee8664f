import { describe, expect, it } from 'vitest';
import { expressionSyntax } from '../../../../src/compiler/rules/expression-syntax.ts';
import { findingsOf, transform } from '../../../support/rules.ts';

describe('expression-syntax', () => {
  it('finds every template and condition that is no CEL, each at its place', () => {
    const found = findingsOf(expressionSyntax, {
      nodes: {
        a: transform({ good: '${ input.x }', bad: ['${ input. }'] }, { when: 'input.x >' }),
        each: { kind: 'loop', items: '${ [ }', nodes: {}, output: '${ ) }' },
        choice: { kind: 'condition', branches: [{ when: '1 +', output: 1 }] },
      },
      output: '${ open',
    });
    expect(found.map(({ path }) => path)).toEqual([
      '/nodes/a/when',
      '/nodes/a/output/bad/0',
      '/nodes/choice/branches/0/when',
      '/nodes/each/items',
      '/nodes/each/output',
      '/output',
    ]);
    expect(found[1]?.message).toMatch(/^In "input\.": /);
  });

  it('shows the beginning of a long expression', () => {
    const [found] = findingsOf(expressionSyntax, { nodes: { a: transform(`\${ ${'x'.repeat(200)} + }`) } });
    expect(found?.message).toContain(`In "${'x'.repeat(77)}...":`);
  });

  it('has nothing against expressions and plain text', () => {
    expect(findingsOf(expressionSyntax, { nodes: { a: transform('$${ not } ${ 1 + 1 }', { when: 'true' }) } })).toEqual(
      [],
    );
  });
});
