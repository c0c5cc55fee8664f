import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import type { Issue } from '../../../src/core/issue.ts';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { applyEdits, type BlueprintEdit } from '../../../src/blueprint/edits.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { mergePatch } from '../../../src/blueprint/merge-patch.ts';
import { fromNodeView, nodeViewsOf } from '../../../src/blueprint/node-view.ts';
import { formatBlueprint } from '../../../src/blueprint/yaml.ts';
import { arbitraryBlueprint } from '../../support/blueprints.ts';

const start = Blueprint.parse({
  name: 'b',
  nodes: {
    fetch: { kind: 'tool', tool: 'http.get', input: { url: '${ input.url }' }, retry: { attempts: 3 } },
    show: { kind: 'transform', after: ['fetch'], output: '${ nodes.fetch.output.text }' },
  },
  output: '${ nodes.fetch.output }',
});

const edit = (...edits: readonly BlueprintEdit[]): Blueprint => {
  const edited = applyEdits(start, edits);
  if (!edited.ok) throw new Error(JSON.stringify(edited.error));
  return edited.value;
};

const issuesOf = (...edits: readonly BlueprintEdit[]): readonly Issue[] => {
  const edited = applyEdits(start, edits);
  return edited.ok ? [] : edited.error;
};

describe('edits', () => {
  it('replace the document by YAML or JSON, with its name', () => {
    const other = Blueprint.parse({ name: 'other', nodes: { x: { kind: 'transform', output: 1 } } });
    expect(edit({ replace: formatBlueprint(other, 'yaml') })).toEqual(other);
    expect(edit({ replace: formatBlueprint(other, 'json') })).toEqual(other);
  });

  it('rename the blueprint', () => {
    expect(edit({ rename: 'c.d-e' })).toEqual({ ...start, name: 'c.d-e' });
  });

  it('add a node', () => {
    const spec = { output: 1, description: 'new' };
    expect(edit({ addNode: { name: 'more', kind: 'transform', after: ['show'], spec } }).nodes['more']).toEqual({
      kind: 'transform',
      after: ['show'],
      ...spec,
    });
    expect(edit({ addNode: { name: 'more', kind: 'transform', after: [], spec } }).nodes['more']).not.toHaveProperty(
      'after',
    );
  });

  it('patch the spec of a node, and what it waits for', () => {
    const patched = edit({
      patchNode: { name: 'fetch', spec: { input: { url: null, path: '/x' }, retry: null, when: 'true' } },
    });
    expect(patched.nodes['fetch']).toEqual({ kind: 'tool', tool: 'http.get', input: { path: '/x' }, when: 'true' });
    expect(edit({ patchNode: { name: 'show', after: [] } }).nodes['show']).not.toHaveProperty('after');
    expect(edit({ patchNode: { name: 'show', after: ['fetch', 'fetch'] } }).nodes['show']).toHaveProperty('after', [
      'fetch',
      'fetch',
    ]);
    expect(edit({ patchNode: { name: 'show', after: null } })).toEqual(start);
    expect(edit({ patchNode: { name: 'fetch' } })).toEqual(start);
  });

  it('remove a node', () => {
    expect(edit({ removeNode: 'show' }).nodes).toEqual({ fetch: start.nodes['fetch'] });
  });

  it('rename a node with all that refers to it', () => {
    const before = Blueprint.parse({
      name: 'b',
      input: { description: '${ nodes.a }' },
      nodes: {
        a: { kind: 'code', source: 'nodes.a', onFailure: { fallback: 'z' } },
        z: { kind: 'code', source: 'x' },
        b: {
          kind: 'loop',
          after: ['a', 'z'],
          when: 'nodes.a.output.ok',
          items: '${ nodes.a.output.items }',
          nodes: {
            c: {
              kind: 'transform',
              when: '${ nodes.a.output == null }',
              output: { x: ['${ nodes.a.output.x }', 'a'] },
            },
            d: { kind: 'code', source: 'x', after: ['c'], input: { y: 'text ${ nodes.a.output }' } },
          },
          output: '${ nodes.a.output }',
        },
        hides: {
          kind: 'loop',
          items: '${ nodes.a.output }',
          nodes: { a: { kind: 'transform', output: 1 } },
          output: '${ nodes.a.output }',
        },
        e: {
          kind: 'condition',
          branches: [
            { when: 'nodes.a.output', nodes: { f: { kind: 'transform', output: '${ nodes.a.output }' } }, output: 1 },
          ],
          otherwise: { output: '${ nodes.a.output }' },
        },
        p: { kind: 'parallel', branches: { a: { output: '${ nodes.a.output }' } } },
        y: { kind: 'code', source: 'x', onFailure: { fallback: 'a' } },
      },
      output: { a: '${ nodes.a.output }' },
    });
    const renamed = applyEdits(before, [{ renameNode: { from: 'a', to: 'load' } }]);
    const text = JSON.stringify(before)
      .replaceAll('nodes.a.', 'nodes.load.')
      .replace('"nodes":{"a":', '"nodes":{"load":')
      .replace('"after":["a","z"]', '"after":["load","z"]')
      .replace('{"fallback":"a"}', '{"fallback":"load"}')
      // The body that has a node `a` of its own reads that one.
      .replace(
        '"nodes":{"a":{"kind":"transform","output":1}},"output":"${ nodes.load.output }"',
        '"nodes":{"a":{"kind":"transform","output":1}},"output":"${ nodes.a.output }"',
      );
    expect(renamed).toEqual({ ok: true, value: JSON.parse(text) as unknown });
    const back = renamed.ok ? applyEdits(renamed.value, [{ renameNode: { from: 'load', to: 'a' } }]) : renamed;
    expect(back).toEqual({ ok: true, value: before });
  });

  it('apply in order', () => {
    const edited = edit(
      { renameNode: { from: 'fetch', to: 'load' } },
      { renameNode: { from: 'load', to: 'load' } },
      { removeNode: 'show' },
      { addNode: { name: 'show', kind: 'transform', after: [], spec: { output: '${ nodes.load.output }' } } },
      { patchNode: { name: 'load', spec: { retry: null } } },
    );
    expect(edited).toEqual({
      name: 'b',
      nodes: {
        load: { kind: 'tool', tool: 'http.get', input: { url: '${ input.url }' } },
        show: { kind: 'transform', output: '${ nodes.load.output }' },
      },
      output: '${ nodes.load.output }',
    });
  });

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

  const arbitraryEdit: fc.Arbitrary<BlueprintEdit> = fc.oneof(
    fc.record({ rename: fc.constantFrom('x', 'y', '') }),
    fc.record({ removeNode: fc.constantFrom('fetch', 'show', 'x') }),
    fc.record({
      renameNode: fc.record({ from: fc.constantFrom('fetch', 'show', 'x'), to: fc.constantFrom('fetch', 'x', 'loop') }),
    }),
    fc.record({
      patchNode: fc.record({
        name: fc.constantFrom('fetch', 'show'),
        spec: fc.constantFrom({ when: 'true' }, { output: null }, {}),
      }),
    }),
    fc.record({
      addNode: fc.record({
        name: fc.constantFrom('x', 'y'),
        kind: fc.constantFrom('transform', 'odd'),
        after: fc.constant([]),
        spec: fc.constant({ output: 1 }),
      }),
    }),
  );

  test.prop([fc.array(arbitraryEdit, { minLength: 1, maxLength: 6 })])('are applied all or none', (edits) => {
    const before = JSON.stringify(start);
    const together = applyEdits(start, edits);
    expect(JSON.stringify(start)).toBe(before);
    // One after the other they end in the same blueprint, or one of them fails at the place that was told.
    let current = start;
    for (const [at, each] of edits.entries()) {
      const alone = applyEdits(current, [each]);
      if (!alone.ok) {
        expect(together).toMatchObject({ ok: false });
        expect(together.ok ? [] : together.error.map((issue) => issue.path.split('/')[2])).toEqual(
          alone.error.map(() => String(at)),
        );
        return;
      }
      current = alone.value;
    }
    expect(together.ok && fingerprintOf(together.value)).toBe(fingerprintOf(current));
  });

  test.prop([arbitraryBlueprint({ nodes: 6 })], { numRuns: 40 })(
    'that add node by node make the same blueprint',
    (sound) => {
      const empty = Blueprint.parse({ ...sound, nodes: {} });
      const views = nodeViewsOf(sound);
      if (views.length === 0) return;
      const built = applyEdits(
        empty,
        views.map((view): BlueprintEdit => ({ addNode: view })),
      );
      expect(built).toEqual({ ok: true, value: sound });
    },
  );
});

describe('a merge patch', () => {
  it.each<[unknown, unknown, unknown]>([
    // The examples of RFC 7396, appendix A.
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j by %j is %j', (target, patch, result) => {
    expect(mergePatch(target as Parameters<typeof mergePatch>[0], patch as Parameters<typeof mergePatch>[1])).toEqual(
      result,
    );
  });
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
