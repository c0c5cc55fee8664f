import type { AgentDeps } from '../agents/agent-scope.ts';
import { reachConsensus } from '../agents/consensus.ts';
import { runHierarchy } from '../agents/hierarchy.ts';
import { runMarketplace } from '../agents/marketplace.ts';
import { runSteps } from '../agents/run-steps.ts';
import type { EffectExecutor } from '../executor.ts';

const STRATEGIES = { consensus: reachConsensus, hierarchical: runHierarchy, marketplace: runMarketplace } as const;

/** Lets several registered agents work on one task. */
export const createSwarmExecutor = (deps: AgentDeps): EffectExecutor<'swarm'> => ({
  effect: true,
  run: (node, attempt, signal) =>
    runSteps({ node, attempt, deps }, signal, (asked, scope) => STRATEGIES[node.spec.strategy]({ node, asked, scope })),
});
