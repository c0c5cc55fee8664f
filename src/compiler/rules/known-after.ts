import { suggestion } from '../../registry/near-matches.ts';
import type { NodeOutline } from '../outline.ts';
import type { Rule } from '../rule.ts';

/** `after` names other nodes of the same body. */
export const knownAfter: Rule = {
  name: 'known-after',
  severity: 'fault',
  check: ({ outline }) =>
    outline.nodes.flatMap((node) =>
      (node.spec.after ?? []).flatMap((name, at) => {
        const problem = problemOf(node, name);
        return problem === undefined ? [] : [{ path: `${node.pointer}/after/${at}`, message: problem }];
      }),
    ),
};

function problemOf({ name, body }: NodeOutline, after: string): string | undefined {
  if (after === name) return `Node "${name}" waits for itself. Take "${after}" out of its "after".`;
  if (body.byName.has(after)) return undefined;
  const siblings = [...body.byName.keys()].filter((sibling) => sibling !== name);
  return `Node "${name}" waits for "${after}", but there is no such node beside it. ${suggestion(after, siblings)}`;
}
