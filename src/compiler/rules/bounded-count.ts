import type { Rule } from '../rule.ts';

/** Nodes at every depth, as written. */
export const MAX_NODES = 10_000;

/** A blueprint has at most 10,000 nodes. */
export const boundedCount: Rule = {
  name: 'bounded-count',
  severity: 'fault',
  check: ({ outline }) =>
    outline.nodes.length <= MAX_NODES
      ? []
      : [
          {
            path: '/nodes',
            message: `The blueprint has ${outline.nodes.length} nodes; ${MAX_NODES} are allowed. Use a loop for what repeats.`,
          },
        ],
};
