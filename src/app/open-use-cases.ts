import { validateAgainstSchema } from '../blueprint/validate-against-schema.ts';
import { fingerprintOf } from '../blueprint/fingerprint.ts';
import { compile } from '../compiler/compile.ts';
import { examine } from '../compiler/examine.ts';
import { toPlan } from '../compiler/to-plan.ts';
import { ExecutionId } from '../core/ids.ts';
import type { Part } from '../core/scope.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { UseCases } from '../gateway/context.ts';
import { createExecutionViews } from '../live/execution-views.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { ConfigFile } from '../registry/config-file.ts';
import { observeDeliveries } from '../telemetry/observe-deliveries.ts';
import { createApiKeyUseCases } from '../use-cases/api-key-use-cases.ts';
import { createAuditUseCases } from '../use-cases/audit-use-cases.ts';
import { createBlueprintUseCases } from '../use-cases/blueprint-use-cases.ts';
import { createExecutionUseCases } from '../use-cases/execution-use-cases.ts';
import { createMemoryUseCases } from '../use-cases/memory-use-cases.ts';
import { createPolicyUseCases } from '../use-cases/policy-use-cases.ts';
import { createRegistryUseCases } from '../use-cases/list-registry.ts';
import { MIN_SECRET_BYTES } from '../sandbox/secret-forms.ts';
import { createSecretUseCases } from '../use-cases/secret-use-cases.ts';
import { createCreateStreamTicket } from '../use-cases/stream-tickets.ts';
import { createTokenDenialUseCases } from '../use-cases/token-denials.ts';
import { createPlanCache } from '../use-cases/plan-cache.ts';
import type { PlanCache } from '../use-cases/plan-cache.ts';
import { createUsageUseCases } from '../use-cases/usage-use-cases.ts';
import type { OpenMemories } from './open-memories.ts';
import { priceOf } from './open-models.ts';
import type { Shared } from './shared.ts';

const POLL_MS = 1_000;

/** Plans by fingerprint, shared by those who start, run and follow. */
export const openPlans = ({ store, registry }: Pick<Shared, 'store' | 'registry'>): PlanCache =>
  createPlanCache({
    blueprints: store.blueprints,
    compile(document) {
      const compiled = compile(document, registry);
      return compiled.ok ? { ok: true, value: compiled.value.plan } : compiled;
    },
    toPlan: (document) => toPlan(document, fingerprintOf(document)),
  });

export interface OpenUseCasesDeps extends Shared, Pick<ConfigFile, 'providers'> {
  readonly plans: PlanCache;
  readonly dispatch: Dispatch;
  readonly memories: OpenMemories;
  readonly orchestrator: Orchestrator | undefined;
}

/** Everything that a client may ask for; `close` ends what follows executions. */
export function openUseCases(deps: OpenUseCasesDeps): Part & { readonly all: UseCases } {
  const { config, clock, metrics, observers, newId, orchestrator, plans, registry, store } = deps;
  const views = createExecutionViews({
    journal: store.events,
    bus: store.live,
    texts: store.texts,
    loadPlan: (tenant, { fingerprint }) => plans.plan(tenant, fingerprint),
    clock,
    pollIntervalMs: POLL_MS,
    maxLagMs: config.maxLagMs,
    onReadFailed: observers.reportFault,
  });
  const blueprints = createBlueprintUseCases({
    blueprints: store.blueprints,
    clock,
    newId,
    findIssues(document) {
      const compiled = compile(document, registry);
      return compiled.ok ? [] : compiled.error;
    },
    examine: (document) =>
      examine(document, registry, (model) => priceOf(model, deps.providers[model.provider], new Date(clock.now()))),
    onBlueprintChanged: (hint) => store.live.publishBlueprint(hint),
    onVersionConflict: (outcome) => metrics.add('versionConflicts', { outcome }),
  });
  const executions = createExecutionUseCases({
    ...store,
    views,
    bus: store.live,
    clock,
    plans,
    dispatch: deps.dispatch,
    traceparent: () => deps.tracing?.traceparent,
    newExecutionId: () => ExecutionId.parse(newId()),
    checkInput: validateAgainstSchema,
    startClaimed: orchestrator && ((start) => orchestrator.startClaimed(start)),
    maxLagMs: config.maxLagMs,
    onLagged: () => metrics.add('laggedStreams', {}),
    onDelivered: observeDeliveries(metrics, clock),
  });
  const folders = config.folders.map(({ name }) => name);
  const policies = createPolicyUseCases({ policies: store.policies, clock, folders });
  const memory = createMemoryUseCases({ ...deps.memories.forClients, store: store.memory, clock });
  const apiKeys = createApiKeyUseCases({
    credentials: store.credentials,
    clock,
    newId,
    maxKeys: config.maxApiKeys,
    maxOverlapMs: config.maxKeyOverlapMs,
  });
  const tokenDenials = createTokenDenialUseCases({
    denials: store.denials,
    clock,
    newId,
    maxDenials: config.maxTokenDenials,
    // A token that is issued now, by a clock that is ahead, and is taken until its end by one that is behind.
    longestTokenMs: config.jwtMaxLifetimeMs + 2 * config.jwtClockSkewMs,
  });
  const createStreamTicket = createCreateStreamTicket({
    ...store,
    clock,
    maxTickets: config.maxStreamTickets,
    maxLifetimeMs: config.maxTicketLifetimeMs,
  });
  const secrets = createSecretUseCases({
    secrets: store.secrets,
    vault: deps.vault,
    clock,
    newId,
    maxSecrets: config.maxSecrets,
    minSecretBytes: MIN_SECRET_BYTES,
    maxSecretBytes: config.maxSecretBytes,
  });
  const audit = createAuditUseCases({ audit: store.audit, clock, denialsPerMinute: config.auditDenialsPerMinute });
  const { ledgerReads } = store;
  const usage = createUsageUseCases({
    ledgerReads,
    audit: store.audit,
    views,
    clock,
    maxGroups: config.maxUsageGroups,
  });
  return {
    all: {
      apiKeys,
      streamTickets: { createStreamTicket },
      audit,
      tokenDenials,
      blueprints,
      executions,
      policies,
      secrets,
      registry: createRegistryUseCases(registry),
      memory,
      usage,
    },
    start: () => views.start(),
    close: () => views.close(),
  };
}
