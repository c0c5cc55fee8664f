import { describe, expect, it } from 'vitest';
import { knownTools } from '../../../../src/compiler/rules/known-tools.ts';
import { findingsOf, template } from '../../../support/rules.ts';

describe('known-tools', () => {
  it('finds a tool that is not registered, at any depth', () => {
    const inner = template({}, { tool: 'text.templte' });
    const nodes = { good: template(), both: { kind: 'parallel', branches: { a: { nodes: { inner } } } } };
    expect(findingsOf(knownTools, { nodes })).toEqual([
      {
        path: '/nodes/both/branches/a/nodes/inner/tool',
        message: 'Node "inner" calls an unknown tool. No tool is named "text.templte". Did you mean "text.template"?',
      },
    ]);
  });
});
