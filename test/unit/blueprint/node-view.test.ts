import { describe, expect, it } from 'vitest';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { fromNodeView, nodeViewsOf } from '../../../src/blueprint/node-view.ts';

const start = Blueprint.parse({
  name: 'b',
  nodes: {
    fetch: { kind: 'tool', tool: 'http.get', input: { url: '${ input.url }' }, retry: { attempts: 3 } },
    show: { kind: 'transform', after: ['fetch'], output: '${ nodes.fetch.output.text }' },
  },
  output: '${ nodes.fetch.output }',
});

describe('a node as the API shows it', () => {
  it('has what all kinds have beside what only its kind has', () => {
    expect(nodeViewsOf(start)).toEqual([
      {
        name: 'fetch',
        kind: 'tool',
        after: [],
        spec: { tool: 'http.get', input: { url: '${ input.url }' }, retry: { attempts: 3 } },
      },
      { name: 'show', kind: 'transform', after: ['fetch'], spec: { output: '${ nodes.fetch.output.text }' } },
    ]);
    expect(fromNodeView({ kind: 'x', after: ['a'], spec: 5 })).toEqual({ kind: 'x', after: ['a'] });
  });
});
