import type { Rule } from '../rule.ts';

/** Every tool is registered. */
export const knownTools: Rule = {
  name: 'known-tools',
  severity: 'fault',
  check: ({ outline, registry }) =>
    outline.nodes.flatMap(({ name, pointer, spec }) => {
      const tool = spec.kind === 'tool' ? registry.getTool(spec.tool) : undefined;
      if (tool === undefined || tool.ok) return [];
      return [{ path: `${pointer}/tool`, message: `Node "${name}" calls an unknown tool. ${tool.error.message}` }];
    }),
};
