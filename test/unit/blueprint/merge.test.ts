import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { diffBlueprints } from '../../../src/blueprint/diff.ts';
import { applyEdits, type BlueprintEdit } from '../../../src/blueprint/edits.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { mergeBlueprints } from '../../../src/blueprint/merge.ts';

const blueprint = (nodes: object, rest: object = {}): Blueprint => Blueprint.parse({ name: 'b', nodes, ...rest });
const value = (output: unknown, rest: object = {}): object => ({ kind: 'transform', output, ...rest });
const base = blueprint({ a: value(1), b: value({ x: 1, y: [1, 2] }), c: value(3) }, { description: 'base' });

describe('the difference of two blueprints', () => {
  it('is told by place, as deep as both sides are objects', () => {
    const after = blueprint(
      { a: value(1), b: value({ x: 2, y: [1], z: null }), d: value(4) },
      { description: 'base', output: { k: 1 } },
    );
    expect(diffBlueprints(base, after)).toEqual([
      { node: 'b', path: '/nodes/b/output/x', before: 1, after: 2 },
      { node: 'b', path: '/nodes/b/output/y', before: [1, 2], after: [1] },
      { node: 'b', path: '/nodes/b/output/z', before: undefined, after: null },
      { node: 'c', path: '/nodes/c', before: value(3), after: undefined },
      { node: 'd', path: '/nodes/d', before: undefined, after: value(4) },
      { node: undefined, path: '/output', before: undefined, after: { k: 1 } },
    ]);
  });

  it('is nothing between equal ones, whatever their order', () => {
    const turned = blueprint({ c: value(3), b: value({ y: [1, 2], x: 1 }), a: value(1) }, { description: 'base' });
    expect(diffBlueprints(base, turned)).toEqual([]);
  });
});

describe('a three-way merge', () => {
  it('takes over what each side did to different nodes and parts', () => {
    const yours = blueprint({ a: value(10), b: base.nodes['b'], c: value(3), e: value(5) }, { description: 'base' });
    const theirs = blueprint({ a: value(1), b: base.nodes['b'], d: value(4) }, { description: 'theirs', output: 1 });
    const merge = mergeBlueprints({ base, yours, theirs });
    expect(merge.clashes).toEqual([]);
    expect(merge.merged).toEqual(
      blueprint({ a: value(10), b: base.nodes['b'], d: value(4), e: value(5) }, { description: 'theirs', output: 1 }),
    );
    expect(merge.changes).toEqual([
      { node: undefined, path: '/description', side: 'theirs', base: 'base', yours: 'base', theirs: 'theirs' },
      { node: 'c', path: '/nodes/c', side: 'theirs', base: value(3), yours: value(3), theirs: undefined },
      { node: 'd', path: '/nodes/d', side: 'theirs', base: undefined, yours: undefined, theirs: value(4) },
      { node: undefined, path: '/output', side: 'theirs', base: undefined, yours: undefined, theirs: 1 },
      { node: 'a', path: '/nodes/a/output', side: 'yours', base: 1, yours: 10, theirs: 1 },
      { node: 'e', path: '/nodes/e', side: 'yours', base: undefined, yours: value(5), theirs: undefined },
    ]);
  });

  it('has a clash for each node or part that both changed, each in another way', () => {
    const yours = blueprint(
      { a: value(10), b: value({ x: 2 }), c: value(3) },
      { description: 'yours', input: { a: 1 } },
    );
    const theirs = blueprint({ a: value(11), b: value({ y: 2 }) }, { description: 'theirs', input: { a: 1 } });
    const merge = mergeBlueprints({ base, yours, theirs });
    expect(merge.merged).toBeUndefined();
    expect(merge.clashes).toEqual([
      { node: 'a', path: '/nodes/a', side: 'both', base: value(1), yours: value(10), theirs: value(11) },
      {
        node: 'b',
        path: '/nodes/b',
        side: 'both',
        base: base.nodes['b'],
        yours: value({ x: 2 }),
        theirs: value({ y: 2 }),
      },
      { node: undefined, path: '/description', side: 'both', base: 'base', yours: 'yours', theirs: 'theirs' },
    ]);
    expect(merge.changes.find((change) => change.path === '/nodes/a/output')).toEqual({
      node: 'a',
      path: '/nodes/a/output',
      side: 'both',
      base: 1,
      yours: 10,
      theirs: 11,
    });
  });

  it('has a clash where one side removed what the other changed', () => {
    const yours = blueprint({ b: base.nodes['b'], c: value(3) }, { description: 'base' });
    const theirs = blueprint({ a: value(11), b: base.nodes['b'], c: value(3) }, { description: 'base' });
    expect(mergeBlueprints({ base, yours, theirs }).clashes).toEqual([
      { node: 'a', path: '/nodes/a', side: 'both', base: value(1), yours: undefined, theirs: value(11) },
    ]);
  });

  it('has no clash where both did the same, or one side changed nothing that means something', () => {
    const yours = blueprint(
      { a: value(2, { after: [] }), b: base.nodes['b'] },
      { description: 'base', name: 'renamed' },
    );
    const theirs = blueprint({ a: value(2), b: value(0) }, { description: 'base' });
    const merge = mergeBlueprints({ base, yours, theirs });
    expect(merge.merged).toEqual(blueprint({ a: value(2), b: value(0) }, { description: 'base', name: 'renamed' }));

    const same = blueprint({ a: value(2), b: base.nodes['b'], c: value(3) }, { description: 'base' });
    expect(mergeBlueprints({ base, yours: same, theirs: same })).toMatchObject({ clashes: [], merged: same });
  });

  /** Changes of nodes by name, on nodes that every base has. */
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const full = blueprint(Object.fromEntries(names.map((name, at) => [name, value(at)])));
  const edits = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('change', 'remove', 'again'), { maxKeys: 4 });
  const apply = (changes: Readonly<Record<string, string>>, by: string): Blueprint => {
    const list = Object.entries(changes).map(([name, change]): BlueprintEdit =>
      change === 'remove'
        ? { removeNode: name }
        : { patchNode: { name, spec: { output: change === 'again' ? 'same' : by } } },
    );
    const edited = applyEdits(full, [{ rename: 'b' }, ...list]);
    if (!edited.ok) throw new Error(JSON.stringify(edited.error));
    return edited.value;
  };

  test.prop([edits, edits])('means the same whichever side is yours', (mine, other) => {
    const [yours, theirs] = [apply(mine, 'me'), apply(other, 'them')];
    const [one, turned] = [
      mergeBlueprints({ base: full, yours, theirs }),
      mergeBlueprints({ base: full, yours: theirs, theirs: yours }),
    ];
    expect(turned.clashes.map((each) => each.path).toSorted()).toEqual(one.clashes.map((each) => each.path).toSorted());
    expect(turned.merged && fingerprintOf(turned.merged)).toBe(one.merged && fingerprintOf(one.merged));
  });

  test.prop([edits, edits])('of changes to different nodes is both of them after each other', (mine, other) => {
    const disjoint = Object.fromEntries(Object.entries(other).filter(([name]) => !Object.hasOwn(mine, name)));
    const merge = mergeBlueprints({ base: full, yours: apply(mine, 'x'), theirs: apply(disjoint, 'x') });
    expect(merge.merged && fingerprintOf(merge.merged)).toBe(fingerprintOf(apply({ ...mine, ...disjoint }, 'x')));
  });

  test.prop([edits])('with an unchanged side is the other side', (mine) => {
    const yours = apply(mine, 'x');
    expect(fingerprintOf(mergeBlueprints({ base: full, yours, theirs: full }).merged ?? full)).toBe(
      fingerprintOf(yours),
    );
    expect(fingerprintOf(mergeBlueprints({ base: full, yours: full, theirs: yours }).merged ?? full)).toBe(
      fingerprintOf(yours),
    );
  });
});
