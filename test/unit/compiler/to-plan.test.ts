import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BodyPlan, NodePlan } from '../../../src/blueprint/plan.ts';
import { toPlan } from '../../../src/compiler/to-plan.ts';
import { DEFAULT_LIMITS } from '../../../src/usage/limits.ts';
import { arbitraryBlueprint } from '../../support/blueprints.ts';
import { code, documentOf, template, transform } from '../../support/rules.ts';

const planOf = (parts: Parameters<typeof documentOf>[0]) => toPlan(documentOf(parts), 'f'.repeat(64));

/** Names of what a node of the top needs. */
const needsOf = (body: BodyPlan, name: string): readonly (string | undefined)[] =>
  nodeOf(body, name).needs.map((at) => body.nodes[at]?.name);

function nodeOf(body: BodyPlan, name: string): NodePlan {
  const node = body.nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`The plan has no node "${name}".`);
  return node;
}

function bodiesOf(body: BodyPlan): readonly BodyPlan[] {
  const inner = body.nodes.flatMap((node) => {
    if (node.kind === 'loop') return bodiesOf(node.body);
    return node.kind === 'condition' || node.kind === 'parallel'
      ? node.branches.flatMap((branch) => bodiesOf(branch.body))
      : [];
  });
  return [body, ...inner];
}

describe('a plan', () => {
  it('has every default', () => {
    const { root } = planOf({ nodes: { a: { kind: 'code', source: 'return 1;' } } });
    const a = nodeOf(root, 'a');
    expect(a).toMatchObject({
      kind: 'code',
      index: 0,
      needs: [],
      dependents: [],
      when: undefined,
      join: 'all',
      retry: { attempts: 1, backoff: 'exponential', delayMs: 1_000, maxDelayMs: 60_000, jitter: 0.1, on: undefined },
      limits: DEFAULT_LIMITS,
      onFailure: { mode: 'fail' },
      onAbandon: 'retry',
      fallbackFor: undefined,
    });
    expect(a.kind === 'code' && a.input.evaluate({})).toEqual({ ok: true, value: {} });
    expect(root.output).toBeUndefined();
  });

  it('has what was written', () => {
    const { root } = planOf({
      nodes: {
        a: code(1, {
          when: 'true',
          join: 'any',
          retry: { attempts: 3, backoff: 'linear', delayMs: 5, maxDelayMs: 7, jitter: 0, on: ['threw'] },
          limits: { timeoutMs: 9, memoryBytes: 16_777_216, outputBytes: 11 },
          onFailure: 'continue',
          onAbandon: 'fail',
        }),
        b: template({}, { retry: { delayMs: 90_000 } }),
      },
    });
    expect(nodeOf(root, 'a')).toMatchObject({
      join: 'any',
      retry: { attempts: 3, backoff: 'linear', delayMs: 5, maxDelayMs: 7, jitter: 0, on: ['threw'] },
      limits: { timeoutMs: 9, cpuMs: 18, memoryBytes: 16_777_216, outputBytes: 11 },
      onFailure: { mode: 'continue' },
      onAbandon: 'fail',
    });
    expect(nodeOf(root, 'a').when?.evaluate({})).toEqual({ ok: true, value: true });
    expect(nodeOf(root, 'b').retry).toMatchObject({ delayMs: 90_000, maxDelayMs: 90_000 });
  });

  it('lists what a tool node asks for, as sorted sets', () => {
    const grants = { hosts: ['B.test:1', 'a.test:1', 'b.test:1'], reveal: ['pin'] };
    const { root } = planOf({ nodes: { a: template({}, { grants }), b: template() } });
    const none = { hosts: [], folders: [], secrets: [], reveal: [] };
    expect(nodeOf(root, 'a')).toMatchObject({ grants: { ...none, hosts: ['a.test:1', 'b.test:1'], reveal: ['pin'] } });
    expect(nodeOf(root, 'b')).toMatchObject({ grants: none });
  });

  it('has name, fingerprint, schema and budget of the blueprint', () => {
    const plan = planOf({
      name: 'planned',
      input: { type: 'object' },
      budget: { maxCostUsdMicros: 5, softCostUsdMicros: 4, maxWallMs: 7 },
      output: 'x',
    });
    expect(plan).toMatchObject({
      name: 'planned',
      fingerprint: 'f'.repeat(64),
      inputSchema: { type: 'object' },
      budget: { maxCostUsdMicros: 5n, softCostUsdMicros: 4n, maxWallMs: 7 },
      order: [],
      criticalPath: [],
      nodeCount: 0,
    });
    expect(planOf({}).budget).toEqual({});
  });

  it('draws edges from references, conditions and "after"', () => {
    const { root, order } = planOf({
      nodes: {
        a: transform(1),
        b: transform(1),
        c: transform(1, { when: 'nodes.a.output == 1', after: ['b', 'b'] }),
        d: transform(['${ nodes.c.output }', '${ nodes.c.output } and ${ nodes.a.output }']),
      },
    });
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    expect(needsOf(root, 'c')).toEqual(['a', 'b']);
    expect(needsOf(root, 'd')).toEqual(['a', 'c']);
    expect(nodeOf(root, 'a').dependents).toEqual([2, 3]);
  });

  it('lets a composite wait for what is read inside, at any depth, and by its branches and outputs', () => {
    const deep = {
      kind: 'loop',
      items: [1],
      as: 'inner_item',
      nodes: { x: transform('${ nodes.a.output }') },
      output: '${ nodes.b.output }',
    };
    const { root } = planOf({
      nodes: {
        ...{ a: transform(1), b: transform(1), c: transform(1), d: transform([1]), e: transform(1) },
        outer: { kind: 'loop', items: '${ nodes.d.output }', nodes: { deep, y: transform('${ nodes.deep.output }') } },
        choice: { kind: 'condition', branches: [{ when: 'nodes.c.output == 1', output: '${ nodes.e.output }' }] },
      },
    });
    expect(needsOf(root, 'outer')).toEqual(['a', 'b', 'd']);
    expect(needsOf(root, 'choice')).toEqual(['c', 'e']);
    const outer = nodeOf(root, 'outer');
    expect(outer.kind === 'loop' && needsOf(outer.body, 'y')).toEqual(['deep']);
  });

  it('plans loops, conditions and parallel nodes', () => {
    const branch = { nodes: { x: transform(1) }, output: 2 };
    const { root, nodeCount } = planOf({
      nodes: {
        each: { kind: 'loop', items: [1] },
        all: { kind: 'parallel', branches: { b: {}, a: branch } },
        first: { kind: 'parallel', branches: { a: {}, b: {} }, merge: 'first', maxConcurrency: 1 },
        some: { kind: 'parallel', branches: { a: {}, b: {}, c: {} }, merge: { atLeast: 2 } },
        choice: { kind: 'condition', branches: [{ when: 'true' }, { when: 'false' }], otherwise: {} },
      },
    });
    expect(nodeOf(root, 'each')).toMatchObject({
      as: 'item',
      concurrency: 1,
      maxIterations: 10_000,
      body: { nodes: [], output: undefined },
    });
    expect(nodeOf(root, 'all')).toMatchObject({
      merge: 'all',
      required: 2,
      maxConcurrency: 2,
      branches: [{ name: 'a' }, { name: 'b' }],
    });
    expect(nodeOf(root, 'first')).toMatchObject({ merge: 'first', required: 1, maxConcurrency: 1 });
    expect(nodeOf(root, 'some')).toMatchObject({ merge: 'atLeast', required: 2, maxConcurrency: 3 });
    const choice = nodeOf(root, 'choice');
    expect(choice.kind === 'condition' && choice.branches.map(({ name, when }) => [name, when !== undefined])).toEqual([
      ['0', true],
      ['1', true],
      ['otherwise', false],
    ]);
    expect(nodeCount).toBe(6);
  });

  it('puts a fallback behind its node, and before what waits for that', () => {
    const { root, order } = planOf({
      nodes: {
        a_use: transform('${ nodes.fetch.output }'),
        fetch: code({}, { onFailure: { fallback: 'spare' } }),
        spare: code({}, { onFailure: { fallback: 'third' } }),
        third: transform('${ nodes.spare.failure.message }'),
      },
    });
    expect(order).toEqual(['fetch', 'spare', 'third', 'a_use']);
    expect(nodeOf(root, 'fetch')).toMatchObject({ onFailure: { mode: 'fallback', index: 1 }, dependents: [1, 3] });
    expect(nodeOf(root, 'spare')).toMatchObject({ fallbackFor: 0, needs: [0] });
    expect(needsOf(root, 'a_use')).toEqual(['fetch']);
  });

  it('does not depend on the order in which nodes and branches are written', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, each]) => [key, reversed(each)]),
      );
    };
    const shown = (document: unknown): string =>
      JSON.stringify(toPlan(documentOf(Object(document)), 'x').root.nodes.map(shape));
    const shape = (node: NodePlan): unknown => [
      node.name,
      node.index,
      node.needs,
      bodiesOf({ nodes: [node], output: undefined }).length,
    ];
    fc.assert(
      fc.property(arbitraryBlueprint(), (document) => {
        expect(shown(reversed(document))).toBe(shown(document));
      }),
      { numRuns: 50 },
    );
  });

  it('is in topological order in every body, whatever the blueprint', () => {
    fc.assert(
      fc.property(arbitraryBlueprint(), (document) => {
        for (const { nodes } of bodiesOf(toPlan(document, 'x').root)) {
          for (const [at, node] of nodes.entries()) {
            expect(node.index).toBe(at);
            for (const need of node.needs) {
              expect(need).toBeLessThan(at);
              expect(nodes[need]?.dependents).toContain(at);
            }
            for (const dependent of node.dependents) expect(nodes[dependent]?.needs).toContain(at);
            if (node.onFailure.mode === 'fallback') expect(nodes[node.onFailure.index]?.fallbackFor).toBe(at);
          }
        }
      }),
    );
  });

  it('of a faulty blueprint is refused: running one would be a bug', () => {
    const cyclic = { a: transform('${ nodes.b.output }'), b: transform('${ nodes.a.output }') };
    expect(() => planOf({ nodes: cyclic })).toThrow('"a" stands in or behind a cycle');
    expect(() => planOf({ nodes: { a: transform('${ 1 + }') } })).toThrow(
      'The expression at /nodes/a/output has faults',
    );
    expect(() => planOf({ nodes: { a: code({}, { onFailure: { fallback: 'none' } }) } })).toThrow('not beside it');
    expect(() => planOf({ nodes: { a: code({}, { onFailure: { fallback: 'a' } }) } })).not.toThrow();
  });
});
