import { MAX_NODES } from '../../blueprint/document-limits.ts';
import type { Rule } from '../rule.ts';

/** A blueprint has at most 10,000 nodes. */
export const nodeCount: Rule = {
  name: 'node-count',
  severity: 'fault',
  check({ outline }) {
    const count = outline.nodes.length;
    if (count <= MAX_NODES) return [];
    const message = `The blueprint has ${count} nodes at all depths; ${MAX_NODES} are allowed. Use a loop for what repeats.`;
    return [{ path: '/nodes', message }];
  },
};
