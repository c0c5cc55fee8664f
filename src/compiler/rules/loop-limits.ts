import { DEFAULT_MAX_ITERATIONS } from '../to-plan.ts';
import type { Rule } from '../rule.ts';

/** A list that is written down is no longer than its loop may be. */
export const loopLimits: Rule = {
  name: 'loop-limits',
  severity: 'fault',
  check: ({ outline }) =>
    outline.nodes.flatMap(({ name, pointer, spec }) => {
      if (spec.kind !== 'loop' || !Array.isArray(spec.items)) return [];
      const { maxIterations = DEFAULT_MAX_ITERATIONS } = spec;
      if (spec.items.length <= maxIterations) return [];
      const message = `Loop "${name}" has ${spec.items.length} items, but "maxIterations" is ${maxIterations}. Raise it, or shorten the list.`;
      return [{ path: `${pointer}/items`, message }];
    }),
};
