import { validateAgainstSchema } from '../blueprint/validate-against-schema.ts';
import { OrchestratorId } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import { HOUR_MS, SECOND_MS } from '../core/units.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { createExecutors } from '../orchestrator/executors.ts';
import type { Executors } from '../orchestrator/executor.ts';
import { createOrchestrator } from '../orchestrator/orchestrator.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import { createReadState } from '../orchestrator/read-state.ts';
import { createExecutionValues } from '../orchestrator/execution-values.ts';
import type { Registry } from '../registry/registry.ts';
import type { PlanCache } from '../use-cases/plan-cache.ts';
import { createGrantsOf } from './grants-of.ts';
import type { OpenMemories } from './open-memories.ts';
import type { OpenModels } from './open-models.ts';
import { openSandbox } from './open-sandbox.ts';
import { pinOf } from './pin-of.ts';
import { readSecrets } from './read-secrets.ts';
import { createReadStoredSecrets } from './read-stored-secrets.ts';
import type { Shared } from './shared.ts';
import { traceExecutors, traceRun, traceSandbox } from './trace-parts.ts';

const SWEEP_MS = SECOND_MS;
const PARK_AFTER_MS = 5 * SECOND_MS;
const DEADLINE_MS = 24 * HOUR_MS;

export interface OpenOrchestrator extends Orchestrator {
  readonly notice: string;
}

export interface OpenOrchestratorDeps extends Shared {
  readonly dispatch: Dispatch;
  readonly plans: PlanCache;
  readonly models: OpenModels;
  readonly memories: OpenMemories;
  readonly refused: () => readonly { readonly host: string; readonly port: number }[];
  readonly exchange: ((executors: Executors) => Executors) | undefined;
}

/** The orchestrator of this process with its sandbox. */
export async function openOrchestrator(deps: OpenOrchestratorDeps): Promise<OpenOrchestrator> {
  const { config, clock, metrics, observers, store, registry } = deps;
  const secrets = await readSecrets(config.secretsFile);
  const { sandbox, notice } = await openSandbox(deps);
  const { tracing } = deps;
  const made = createExecutors({
    sandbox: tracing === undefined ? sandbox : { ...sandbox, run: traceSandbox(sandbox.run, tracing) },
    clock,
    openModelCalls: deps.models.openModelCalls,
    grantsOf: createGrantsOf({
      policies: store.policies,
      folders: config.folders,
      readStored: createReadStoredSecrets({ ...deps, secrets: store.secrets, reportFault: observers.reportFault }),
      secrets,
      audit: store.audit,
      clock,
    }),
    ...foundIn(registry),
    memories: deps.memories,
    validate: (schema, value) =>
      validateAgainstSchema(schema, value).map(({ path, message }) => `${path || 'it'}: ${message}`),
  });
  const executors = tracing === undefined ? made : traceExecutors(made, tracing);
  const orchestrator = createOrchestrator({
    ...store,
    ...config,
    clock,
    dispatch: deps.dispatch,
    executors: deps.exchange?.(executors) ?? executors,
    values: createExecutionValues(store),
    readState: createReadState({ events: store.events, planOf: deps.plans.plan }),
    pinOf: (plan) => pinOf(plan, registry),
    newOrchestratorId: () => OrchestratorId.parse(deps.newId()),
    random: Math.random,
    parkAfterMs: PARK_AFTER_MS,
    defaultDeadlineMs: DEADLINE_MS,
    sweepMs: SWEEP_MS,
    maxRunning: config.maxRunningExecutions,
    reportFault: observers.reportFault,
    around: tracing && ((start, carry) => traceRun(start, tracing, carry)),
    onOthersAlive: store.setOthersListen,
    onLeaseLost: (executions) => metrics.add('leasesLost', {}, Math.max(executions, 1)),
    onClaimed(claimed, by) {
      metrics.add('executionsClaimed', { by }, claimed.length);
      for (const { dueForMs } of claimed) {
        // The clock of one statement may be ahead of the one that set the instant.
        if (dueForMs !== undefined) metrics.observe('claimDelay', {}, Math.max(dueForMs, 0) / SECOND_MS);
      }
    },
  });
  metrics.sample('executionsRunning', {}, () => orchestrator.running);
  return {
    ...orchestrator,
    notice,
    get running() {
      return orchestrator.running;
    },
    async start() {
      await orchestrator.start();
      // Nobody waits for it: the first call would only be slower.
      sandbox.warm().catch(observers.reportFault);
    },
    async close() {
      await orchestrator.close();
      await sandbox.close();
    },
  };
}

/** What is not registered is undefined: whoever needs it says so. */
function foundIn(registry: Registry) {
  const valueOf = <T>(found: Result<T, unknown>): T | undefined => (found.ok ? found.value : undefined);
  return {
    findTool: (name: string) => valueOf(registry.getTool(name)),
    findAgent: (name: string) => valueOf(registry.getAgent(name)),
    findMemory: (name: string) => valueOf(registry.getMemory(name)),
  };
}
