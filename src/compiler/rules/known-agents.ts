import type { Rule } from '../rule.ts';
import { agentsOf } from './agents-of.ts';

/** Every agent is registered. */
export const knownAgents: Rule = {
  name: 'known-agents',
  severity: 'fault',
  check: ({ outline, registry }) =>
    outline.nodes.flatMap(({ name, pointer, spec }) =>
      agentsOf(spec).flatMap(({ name: wanted, at }) => {
        const agent = registry.getAgent(wanted);
        if (agent.ok) return [];
        return [{ path: pointer + at, message: `Node "${name}" asks an unknown agent. ${agent.error.message}` }];
      }),
    ),
};
