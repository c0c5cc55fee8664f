import { describe, expect, it } from 'vitest';
import type { Issue } from '../../../src/core/issue.ts';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { applyEdits, type BlueprintEdit } from '../../../src/blueprint/edits.ts';

const start = Blueprint.parse({
  name: 'b',
  nodes: {
    fetch: { kind: 'tool', tool: 'http.get', input: { url: '${ input.url }' }, retry: { attempts: 3 } },
    show: { kind: 'transform', after: ['fetch'], output: '${ nodes.fetch.output.text }' },
  },
  output: '${ nodes.fetch.output }',
});

const issuesOf = (...edits: readonly BlueprintEdit[]): readonly Issue[] => {
  const edited = applyEdits(start, edits);
  return edited.ok ? [] : edited.error;
};

describe('edits', () => {
  it.each<[string, readonly BlueprintEdit[], readonly Partial<Issue>[]]>([
    ['no edits', [], [{ rule: 'edit-count', path: '/edits', message: 'There are 0 edits; 1 to 1000 are allowed.' }]],
    [
      'too many edits',
      Array.from({ length: 1_001 }, () => ({ rename: 'x' })),
      [{ rule: 'edit-count', path: '/edits' }],
    ],
    [
      'text that is no blueprint',
      [{ rename: 'x' }, { replace: 'name: b\nnodes: 5\n' }],
      [
        {
          rule: 'blueprint-shape',
          path: '/edits/1/replace',
          line: 2,
          column: 1,
          message: '/nodes: This is number 5; it must be an object.',
        },
      ],
    ],
    ['text that is no YAML', [{ replace: 'a: [' }], [{ rule: 'yaml-syntax', path: '/edits/0/replace', line: 1 }]],
    ['a bad name', [{ rename: '' }], [{ rule: 'name', path: '/edits/0/rename' }]],
    [
      'a node that is there',
      [{ addNode: { name: 'show', kind: 'transform', after: [], spec: { output: 1 } } }],
      [{ rule: 'node-name-taken', path: '/edits/0/addNode/name' }],
    ],
    [
      'a node with a bad name',
      [{ addNode: { name: 'a-b', kind: 'transform', after: [], spec: {} } }],
      [{ rule: 'name', path: '/edits/0/addNode/name' }],
    ],
    [
      'a node of no kind',
      [{ addNode: { name: 'x', kind: 'nope', after: [], spec: {} } }],
      [{ rule: 'known-kind', path: '/edits/0/addNode/kind' }],
    ],
    [
      'a node after a bad name',
      [{ addNode: { name: 'x', kind: 'transform', after: ['A'], spec: { output: 1 } } }],
      [{ path: '/edits/0/addNode/after/0' }],
    ],
    [
      'a node with a bad spec',
      [{ addNode: { name: 'x', kind: 'code', after: [], spec: { source: 5, odd: 1 } } }],
      [{ path: '/edits/0/addNode/spec/source' }, { path: '/edits/0/addNode/spec/odd' }],
    ],
    [
      'a node with a spec that is none',
      [{ addNode: { name: 'x', kind: 'code', after: [], spec: [] } }],
      [{ path: '/edits/0/addNode/spec', message: 'A spec is an object.' }],
    ],
    [
      'a spec with a kind',
      [{ patchNode: { name: 'show', spec: { kind: 'code', after: null } } }],
      [
        { path: '/edits/0/patchNode/spec/kind', message: '"kind" stands beside the spec, not in it.' },
        { path: '/edits/0/patchNode/spec/after' },
      ],
    ],
    [
      'a spec that is no JSON',
      [{ patchNode: { name: 'show', spec: { output: Number.NaN } } }],
      [{ path: '/edits/0/patchNode/spec/output' }],
    ],
    [
      'a patch that breaks a node',
      [{ patchNode: { name: 'show', spec: { output: null } } }],
      [{ path: '/edits/0/patchNode/spec/output', message: 'This is missing.' }],
    ],
    [
      'a patch of no node',
      [{ patchNode: { name: 'nope', spec: {} } }],
      [
        {
          rule: 'unknown-node',
          path: '/edits/0/patchNode/name',
          message: 'There is no node "nope"; there are: fetch, show.',
        },
      ],
    ],
    [
      'a rename of no node',
      [{ renameNode: { from: '', to: 'x' } }],
      [{ rule: 'unknown-node', path: '/edits/0/renameNode/from' }],
    ],
    [
      'a rename to a node',
      [{ renameNode: { from: 'fetch', to: 'show' } }],
      [{ rule: 'node-name-taken', path: '/edits/0/renameNode/to' }],
    ],
    [
      'a rename to a bad name',
      [{ renameNode: { from: 'fetch', to: 'loop' } }],
      [{ rule: 'name', path: '/edits/0/renameNode/to' }],
    ],
    [
      'a removal of no node',
      [{ removeNode: 'show' }, { removeNode: 'fetch' }, { removeNode: 'show' }],
      [{ rule: 'unknown-node', path: '/edits/2/removeNode', message: 'There is no node "show"; there are: none.' }],
    ],
  ])('with %s are refused with the place', (_name, edits, issues) => {
    expect(issuesOf(...edits)).toMatchObject(issues);
  });

  it('that make too large a document together are refused', () => {
    const big = { output: 'x'.repeat(20_000) };
    const edits = Array.from({ length: 60 }, (_, at): BlueprintEdit => ({
      addNode: { name: `n${at}`, kind: 'transform', after: [], spec: big },
    }));
    expect(issuesOf(...edits)).toMatchObject([{ rule: 'document-size', path: '/edits' }]);
    const long = `input.x == "${'y'.repeat(16_300)}" || nodes.fetch.output`;
    expect(
      issuesOf(
        { patchNode: { name: 'show', spec: { when: long } } },
        { renameNode: { from: 'fetch', to: 'z'.repeat(64) } },
      ),
    ).toMatchObject([{ path: '/edits', message: '/nodes/show/when: The number of characters must be at most 16384.' }]);
  });

  it('with more renames than can be looked through are refused', () => {
    const mentions = { output: Array.from({ length: 15_000 }, () => '${ nodes.fetch.output }') };
    expect(
      issuesOf(
        { patchNode: { name: 'show', spec: mentions } },
        { renameNode: { from: 'fetch', to: 'load' } },
        { renameNode: { from: 'load', to: 'fetch' } },
      ),
    ).toMatchObject([{ rule: 'edit-count', path: '/edits/2/renameNode' }]);
  });
});
