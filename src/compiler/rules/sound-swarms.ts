import { suggestion } from '../../registry/near-matches.ts';
import type { NodeOutline } from '../outline.ts';
import type { Finding, Rule } from '../rule.ts';

/** A swarm has each member once, a lead that is one of them, and no setting of another strategy. */
export const soundSwarms: Rule = {
  name: 'sound-swarms',
  severity: 'fault',
  check: ({ outline }) => outline.nodes.flatMap(findingsOf),
};

function findingsOf({ name, pointer, spec }: NodeOutline): readonly Finding[] {
  if (spec.kind !== 'swarm') return [];
  const { agents, lead, strategy } = spec;
  const twice = agents.flatMap((agent, at) =>
    agents.indexOf(agent) === at
      ? []
      : [
          {
            path: `${pointer}/agents/${at}`,
            message: `Swarm "${name}" names "${agent}" twice. Leave one of them out.`,
          },
        ],
  );
  const stranger =
    lead === undefined || agents.includes(lead)
      ? []
      : [
          {
            path: `${pointer}/lead`,
            message: `Swarm "${name}" is led by "${lead}", who is no member. ${suggestion(lead, agents)}`,
          },
        ];
  const others = (['lead', 'quorum', 'maxRounds'] as const).filter(
    (setting) => spec[setting] !== undefined && STRATEGY_OF[setting] !== strategy,
  );
  return [
    ...twice,
    ...stranger,
    ...others.map((setting) => ({
      path: `${pointer}/${setting}`,
      message: `"${setting}" of "${name}" is of a ${STRATEGY_OF[setting]} swarm, and this one is ${strategy}. Leave it out.`,
    })),
  ];
}

const STRATEGY_OF = { lead: 'hierarchical', quorum: 'consensus', maxRounds: 'consensus' } as const;
