import { cyclesOf } from '../order.ts';
import type { NodeOutline } from '../outline.ts';
import { chainOf, type Finding, type Rule } from '../rule.ts';

/** No node waits, through others, for itself. */
export const noCycles: Rule = {
  name: 'no-cycles',
  severity: 'fault',
  check: ({ outline, edges }) =>
    outline.bodies.flatMap((body) => cyclesOf(body.nodes, (node) => edges.waitsFor(node)).flatMap(findingOf)),
};

function findingOf(cycle: readonly NodeOutline[]): readonly Finding[] {
  const [first] = cycle;
  if (first === undefined) return [];
  const shown = chainOf([...cycle, first]);
  const message = `These nodes wait for each other: ${shown} (each for the next). Take one of the references or "after" away.`;
  return [{ path: first.pointer, message }];
}
