import type { Rule } from '../rule.ts';
import { booleanConditions } from './boolean-conditions.ts';
import { budgetFeasible } from './budget-feasible.ts';
import { codeSource } from './code-source.ts';
import { effectiveSettings } from './effective-settings.ts';
import { expressionSyntax } from './expression-syntax.ts';
import { expressionTypes } from './expression-types.ts';
import { grantHosts } from './grant-hosts.ts';
import { historyLimit } from './history-limit.ts';
import { knownAfter } from './known-after.ts';
import { knownAgents } from './known-agents.ts';
import { knownModels } from './known-models.ts';
import { knownReferences } from './known-references.ts';
import { knownTools } from './known-tools.ts';
import { listItems } from './list-items.ts';
import { localNames } from './local-names.ts';
import { loopLimits } from './loop-limits.ts';
import { noCycles } from './no-cycles.ts';
import { memoryGuarantees } from './memory-guarantees.ts';
import { nodeCount } from './node-count.ts';
import { nodeDepth } from './node-depth.ts';
import { nonEmptyBodies } from './non-empty-bodies.ts';
import { oneQuestion } from './one-question.ts';
import { parallelBranches } from './parallel-branches.ts';
import { reachableNodes } from './reachable-nodes.ts';
import { soundBudget } from './sound-budget.ts';
import { soundFallbacks } from './sound-fallbacks.ts';
import { soundRetries } from './sound-retries.ts';
import { soundSchemas } from './sound-schemas.ts';
import { soundSwarms } from './sound-swarms.ts';
import { toolGrants } from './tool-grants.ts';
import { toolInput } from './tool-input.ts';
import { uniqueNames } from './unique-names.ts';

/** All that must hold for a blueprint, in the order in which it is told. */
export const RULES: readonly Rule[] = [
  nodeCount,
  nodeDepth,
  uniqueNames,
  localNames,
  soundSchemas,
  expressionSyntax,
  knownReferences,
  knownAfter,
  soundFallbacks,
  noCycles,
  knownTools,
  toolInput,
  knownModels,
  oneQuestion,
  knownAgents,
  soundSwarms,
  memoryGuarantees,
  grantHosts,
  toolGrants,
  expressionTypes,
  booleanConditions,
  listItems,
  loopLimits,
  parallelBranches,
  soundRetries,
  codeSource,
  nonEmptyBodies,
  reachableNodes,
  effectiveSettings,
  historyLimit,
  soundBudget,
  budgetFeasible,
];
