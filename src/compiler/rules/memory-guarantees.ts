import { checkGuarantees } from '../../blueprint/memory-guarantee.ts';
import { suggestion } from '../../registry/near-matches.ts';
import type { Registry } from '../../registry/registry.ts';
import type { NodeOutline } from '../outline.ts';
import type { Finding, Rule } from '../rule.ts';
import { agentsOf } from './agents-of.ts';

/** What a step relies on of a memory is what that memory offers, and all of its agents have it. */
export const memoryGuarantees: Rule = {
  name: 'memory-guarantees',
  severity: 'fault',
  check: ({ outline, registry }) => outline.nodes.flatMap((node) => findingsOf(node, registry)),
};

function findingsOf({ name, pointer, spec }: NodeOutline, registry: Registry): readonly Finding[] {
  if ((spec.kind !== 'agent' && spec.kind !== 'swarm') || spec.memory === undefined) return [];
  const agents = agentsOf(spec).flatMap((each) => {
    const found = registry.getAgent(each.name);
    return found.ok ? [found.value] : [];
  });
  return Object.entries(spec.memory).flatMap(([memory, guarantees]): readonly Finding[] => {
    const path = `${pointer}/memory/${memory}`;
    const without = agents.find(({ memories }) => !memories.includes(memory));
    if (without !== undefined) {
      const message = `Node "${name}" relies on the memory "${memory}", which the agent "${without.name}" does not have. ${suggestion(memory, without.memories)}`;
      return [{ path, message }];
    }
    const found = registry.getMemory(memory);
    if (!found.ok) return [];
    const { kind } = found.value;
    const checked = checkGuarantees(kind, guarantees);
    if (!checked.ok)
      return [{ path, message: `Node "${name}" relies on what "${memory}" does not keep. ${checked.error.message}` }];
    const isTimeless = kind === 'episodic' && guarantees.includes('ttl') && found.value.lifetimeMs === undefined;
    if (!isTimeless) return [];
    return [
      {
        path,
        message: `Node "${name}" relies on "ttl" of "${memory}", which has no "lifetimeMs". Give it one in iceos.config.ts, or leave "ttl" out.`,
      },
    ];
  });
}
