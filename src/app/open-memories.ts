import { ExecutionId } from '../core/ids.ts';
import { HOUR_MS } from '../core/units.ts';
import type { EmbeddingModelDefinition } from '../registry/model.ts';
import type { MemoryUseCasesDeps } from '../use-cases/open-memory.ts';
import { createOpenAgentMemories, type OpenAgentMemories } from '../orchestrator/agent-memories.ts';
import { createMemoryUses, type MemoryUses } from '../orchestrator/memory-uses.ts';
import { createPeriodic, type Periodic } from '../orchestrator/periodic.ts';
import { clientDay, clientSpender } from './client-spender.ts';
import type { OpenModels } from './open-models.ts';
import type { Shared } from './shared.ts';

type Deps = Pick<Shared, 'clock' | 'config' | 'metrics' | 'newId' | 'observers' | 'registry' | 'store'> & {
  readonly models: OpenModels;
};

/** How agents and clients come to memories, each use counted. */
export interface OpenMemories {
  readonly open: OpenAgentMemories;
  /** Counts what a working memory is used for. */
  readonly count: MemoryUses['count'];
  readonly forClients: Pick<MemoryUseCasesDeps, 'findMemory' | 'findModel' | 'openRequest'>;
  close(): Promise<void>;
}

export function openMemories(deps: Deps): OpenMemories {
  const { clock, config, metrics, newId, observers, registry, store, models } = deps;
  const limitUsdMicros = BigInt(config.memoryClientMaxUsdMicrosPerDay);
  const uses = createMemoryUses({
    ...{ clock, ledger: store.ledger, reportFault: observers.reportFault },
    onUse({ kind, operation, tokens }) {
      metrics.add('memoryOperations', { kind, operation });
      metrics.add('memoryTokens', { kind, operation }, tokens);
    },
  });
  const { openEmbedder } = models;
  function findModel(name: string): EmbeddingModelDefinition | undefined {
    const found = registry.getModel(name);
    return found.ok && found.value.kind === 'embedding' ? found.value : undefined;
  }
  return {
    open: createOpenAgentMemories({ clock, uses, store: store.memory, openEmbedder, findEmbeddingModel: findModel }),
    count: uses.count,
    forClients: {
      findModel,
      findMemory: registry.getMemory,
      openRequest(tenant, field) {
        const day = clientDay(tenant, clock.now());
        const id = ExecutionId.parse(newId());
        const spender = clientSpender({ tenant, id, field, day, limitUsdMicros });
        return {
          dailyLimit: { limitUsdMicros, freesAt: day.endsAt },
          embedderOf: (model) => openEmbedder(spender, model),
          count: (memory, use) => uses.count(spender, memory, use),
        };
      },
    },
    close: async () => uses.close(),
  };
}

/** Requests end long before: what one of them reserved for so long belongs to a process that is gone. */
const REQUEST_MS = HOUR_MS;

/** Deletes what has expired, and settles what clients' requests left behind, for as long as this process carries executions forward. */
export const openMemoryPurge = ({
  clock,
  config,
  observers,
  store,
}: Pick<Shared, 'clock' | 'config' | 'observers' | 'store'>): Periodic =>
  createPeriodic({
    ...{ clock, intervalMs: config.memoryPurgeMs, random: Math.random, reportFault: observers.reportFault },
    async work(signal) {
      await store.memory.forgetting.purge(signal);
      const now = clock.now();
      await store.ledger.settleRequestsBefore(new Date(now - REQUEST_MS), new Date(now));
    },
  });
