import type { NodeSpec } from '../../blueprint/node.ts';

/** The agents that a node names, each with its place below the node. */
export function agentsOf(spec: NodeSpec): readonly { readonly name: string; readonly at: string }[] {
  if (spec.kind === 'agent') return [{ name: spec.agent, at: '/agent' }];
  if (spec.kind === 'swarm') return spec.agents.map((name, place) => ({ name, at: `/agents/${place}` }));
  return [];
}
