import { MAX_DEPTH } from '../outline.ts';
import type { Rule } from '../rule.ts';

/** Composites within composites end somewhere. */
export const boundedDepth: Rule = {
  name: 'bounded-depth',
  severity: 'fault',
  check: ({ outline }) =>
    outline.tooDeep.map(({ name, pointer }) => ({
      path: pointer,
      message: `The body of "${name}" is ${MAX_DEPTH + 1} deep; ${MAX_DEPTH} are allowed. Move inner nodes outwards.`,
    })),
};
