import { MAX_NODE_DEPTH } from '../../blueprint/document-limits.ts';
import type { Rule } from '../rule.ts';

/** Composites within composites end somewhere. */
export const nodeDepth: Rule = {
  name: 'node-depth',
  severity: 'fault',
  check: ({ outline }) =>
    outline.tooDeep.map(({ name, pointer }) => ({
      path: pointer,
      message: `The nodes inside "${name}" are nested ${MAX_NODE_DEPTH + 1} deep; ${MAX_NODE_DEPTH} are allowed. Move them outwards.`,
    })),
};
