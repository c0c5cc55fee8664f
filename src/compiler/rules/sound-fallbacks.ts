import { suggestion } from '../../registry/near-matches.ts';
import { fallbackOf } from '../edges.ts';
import type { NodeOutline } from '../outline.ts';
import type { Rule, RuleContext } from '../rule.ts';

/** A fallback is another node of the same body, waits for nothing else by name, and stands in for one node. */
export const soundFallbacks: Rule = {
  name: 'sound-fallbacks',
  severity: 'fault',
  check: (context) =>
    context.outline.nodes.flatMap((node) => {
      const problem = problemOf(context, node);
      return problem === undefined ? [] : [{ path: `${node.pointer}/onFailure/fallback`, message: problem }];
    }),
};

function problemOf({ edges }: RuleContext, node: NodeOutline): string | undefined {
  const { spec, name, body } = node;
  if (typeof spec.onFailure !== 'object') return undefined;
  const wanted = spec.onFailure.fallback;
  const says = `Node "${name}" falls back to "${wanted}", but`;
  const fallback = fallbackOf(node);
  if (wanted === name) return `Node "${name}" falls back to itself. Name another node, or use "retry".`;
  if (fallback === undefined) {
    const siblings = [...body.byName.keys()].filter((sibling) => sibling !== name);
    return `${says} there is no such node beside it. ${suggestion(wanted, siblings)}`;
  }
  if ((fallback.spec.after ?? []).length > 0) {
    return `${says} "${wanted}" has an "after". A fallback starts when its node has failed: take the "after" away.`;
  }
  const main = edges.mainOf(fallback);
  if (main === node || main === undefined) return undefined;
  return `${says} "${wanted}" is the fallback of "${main.name}" already. Give each of the two its own.`;
}
