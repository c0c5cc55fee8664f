import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cyclesOf, orderOf } from '../../../src/compiler/order.ts';

type Graph = ReadonlyMap<number, readonly number[]>;

const waitsFor =
  (graph: Graph) =>
  (item: number): readonly number[] =>
    graph.get(item) ?? [];

/** Any graph of a few items; edges may lead to items that are not in it. */
const graphs = fc
  .array(fc.uniqueArray(fc.nat(12), { maxLength: 4 }), { maxLength: 12 })
  .map((needs) => new Map(needs.entries()));
/** A graph whose edges lead to smaller numbers only. */
const acyclicGraphs = graphs.map(
  (graph): Graph => new Map([...graph].map(([item, needs]) => [item, needs.filter((need) => need < item)])),
);

describe('the order', () => {
  it('puts each item after what it waits for, and loses none', () => {
    fc.assert(
      fc.property(acyclicGraphs, (graph) => {
        const { sorted, cyclic } = orderOf([...graph.keys()], waitsFor(graph));
        expect(cyclic).toEqual([]);
        expect(sorted.toSorted((a, b) => a - b)).toEqual([...graph.keys()]);
        for (const [at, item] of sorted.entries()) {
          for (const need of waitsFor(graph)(item)) expect(sorted.indexOf(need)).toBeLessThan(at);
        }
      }),
    );
  });

  it('leaves out exactly what stands in or behind a cycle', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { sorted, cyclic } = orderOf([...graph.keys()], waitsFor(graph));
        expect([...sorted, ...cyclic].toSorted((a, b) => a - b)).toEqual([...graph.keys()]);
        for (const item of cyclic) expect(waitsFor(graph)(item).some((need) => cyclic.includes(need))).toBe(true);
      }),
    );
  });

  it('goes by the longest chain before an item, equals as they were given', () => {
    const graph: Graph = new Map([
      [1, []],
      [2, [1]],
      [3, []],
      [4, [2, 3]],
      [5, [3]],
    ]);
    expect(orderOf([5, 4, 3, 2, 1], waitsFor(graph)).sorted).toEqual([3, 1, 5, 2, 4]);
  });
});

describe('the cycles', () => {
  it('are paths that lead back to their start', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        for (const cycle of cyclesOf([...graph.keys()], waitsFor(graph))) {
          for (const [at, item] of cycle.entries()) {
            expect(waitsFor(graph)(item)).toContain(cycle[(at + 1) % cycle.length]);
          }
        }
      }),
    );
  });

  it('are found whenever there are any, one in each group', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const items = [...graph.keys()];
        const cycles = cyclesOf(items, waitsFor(graph));
        expect(cycles.length > 0).toBe(orderOf(items, waitsFor(graph)).cyclic.length > 0);
        // Without one edge of each cycle there is less to repair; without all groups there is nothing.
        const groups = new Set(cycles.flat());
        expect(groups.size).toBe(cycles.flat().length);
      }),
    );
  });
});
