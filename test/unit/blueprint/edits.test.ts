import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { applyEdits, type BlueprintEdit } from '../../../src/blueprint/edits.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { nodeViewsOf } from '../../../src/blueprint/node-view.ts';
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

describe('edits', () => {
  it('replace the document by YAML or JSON, with its name', () => {
    const other = Blueprint.parse({ name: 'other', nodes: { x: { kind: 'transform', output: 1 } } });
    expect(edit({ replace: formatBlueprint(other, 'yaml') })).toEqual(other);
    expect(edit({ replace: formatBlueprint(other, 'json') })).toEqual(other);
  });

  it('patch the document, where null removes', () => {
    const patched = edit({
      patch: { name: 'c', output: null, nodes: { fetch: { retry: { attempts: 2 } }, show: null } },
    });
    expect(patched).toEqual({ name: 'c', nodes: { fetch: { ...start.nodes['fetch'], retry: { attempts: 2 } } } });
    const wrong = applyEdits(start, [{ patch: { nodes: { show: { kind: 'nothing' } } } }, { rename: 'd' }]);
    expect(wrong).toMatchObject({ ok: false, error: [{ path: '/edits/0/patch/nodes/show/kind' }] });
    expect(applyEdits(start, [{ patch: [] }])).toMatchObject({ ok: false });
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
