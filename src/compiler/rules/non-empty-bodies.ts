import type { BodyOutline } from '../outline.ts';
import type { Finding, Rule } from '../rule.ts';

/** There is something to run, or to answer. */
export const nonEmptyBodies: Rule = {
  name: 'non-empty-bodies',
  severity: 'warning',
  check: ({ outline }) => outline.bodies.filter((body) => body.nodes.length === 0).flatMap(findingOf),
};

function findingOf({ parent, output, pointer, name }: BodyOutline): readonly Finding[] {
  if (parent === undefined) {
    return [{ path: '/nodes', message: 'The blueprint has no nodes: nothing runs. Add the first step.' }];
  }
  if (output !== undefined) return [];
  const what = parent.spec.kind === 'loop' ? `The body of "${parent.name}"` : `Branch "${name}" of "${parent.name}"`;
  return [{ path: pointer, message: `${what} has neither nodes nor output: its output is null. Add what it is for.` }];
}
