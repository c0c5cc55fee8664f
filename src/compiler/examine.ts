import type { Issue } from '../core/issue.ts';
import type { Blueprint } from '../blueprint/blueprint.ts';
import type { Registry } from '../registry/registry.ts';
import { compile } from './compile.ts';
import { estimateOf, type Estimate } from './estimate.ts';
import type { EstimateDeps } from './estimate-call.ts';
import { budgetFeasible, roomFindings } from './rules/budget-feasible.ts';

/** All that is said of a blueprint to its author. */
export interface Examined {
  /** What keeps it from running. */
  readonly issues: readonly Issue[];
  /** What its author should look at all the same; none before it is sound. */
  readonly warnings: readonly Issue[];
  /** Undefined while it is not sound. */
  readonly estimate: Estimate | undefined;
}

/** Compiles a blueprint, and estimates what it takes at the prices of one instant. */
export function examine(document: Blueprint, registry: Registry, priceOf: EstimateDeps['priceOf']): Examined {
  const compiled = compile(document, registry);
  if (!compiled.ok) return { issues: compiled.error, warnings: [], estimate: undefined };
  const { plan, warnings } = compiled.value;
  const estimate = estimateOf(plan, {
    priceOf,
    findAgent(name) {
      const found = registry.getAgent(name);
      return found.ok ? found.value : undefined;
    },
    findModel(name) {
      const found = registry.getModel(name);
      return found.ok && found.value.kind === 'text' ? found.value : undefined;
    },
    findEmbeddingModelOf(memory) {
      const found = registry.getMemory(memory);
      if (!found.ok || found.value.kind !== 'semantic') return undefined;
      const model = registry.getModel(found.value.model);
      return model.ok && model.value.kind === 'embedding' ? model.value : undefined;
    },
  });
  const ofRoom = roomFindings(plan.budget, estimate).map((finding) => ({ rule: budgetFeasible.name, ...finding }));
  return { issues: [], warnings: [...warnings, ...ofRoom], estimate };
}
