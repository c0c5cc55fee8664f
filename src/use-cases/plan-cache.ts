import { LRUCache } from 'lru-cache';
import type { Blueprint } from '../blueprint/blueprint.ts';
import type { Plan } from '../blueprint/plan.ts';
import type { TenantId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import type { Result } from '../core/result.ts';
import type { BlueprintStore } from '../store/blueprint-store.ts';

const KEEP_PLANS = 500;

export interface PlanCacheDeps {
  readonly blueprints: Pick<BlueprintStore, 'getContents'>;
  /** All rules, then the plan. */
  readonly compile: (document: Blueprint) => Result<Plan, readonly Issue[]>;
  /** The plan alone, of what passed the rules of some release. */
  readonly toPlan: (document: Blueprint) => Plan;
}

/** Plans by fingerprint: a content never changes, so neither does what the compiler makes of it. */
export interface PlanCache {
  /** What may be started now, or why it may not. */
  compiled(tenant: TenantId, fingerprint: string): Promise<Result<Plan, readonly Issue[]>>;
  /** What runs already: the rules are not asked again. */
  plan(tenant: TenantId, fingerprint: string): Promise<Plan>;
}

export function createPlanCache({ blueprints, compile, toPlan }: PlanCacheDeps): PlanCache {
  const compiledByKey = new LRUCache<string, Promise<Result<Plan, readonly Issue[]>>>({ max: KEEP_PLANS });
  const planByKey = new LRUCache<string, Promise<Plan>>({ max: KEEP_PLANS });

  async function load(tenant: TenantId, fingerprint: string): Promise<Blueprint> {
    const [document] = await blueprints.getContents(tenant, [fingerprint]);
    if (document === undefined) throw new Error(`The content ${fingerprint} of a blueprint is missing.`);
    return document;
  }

  return {
    compiled: (tenant, fingerprint) =>
      remember(compiledByKey, `${tenant}/${fingerprint}`, async () => compile(await load(tenant, fingerprint))),
    plan: (tenant, fingerprint) =>
      remember(planByKey, `${tenant}/${fingerprint}`, async () => toPlan(await load(tenant, fingerprint))),
  };
}

/** One making for all who ask meanwhile; a failure is not remembered. */
function remember<T>(cache: LRUCache<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known) return known;
  const made = make();
  cache.set(key, made);
  made.catch(() => {
    if (cache.peek(key) === made) cache.delete(key);
  });
  return made;
}
