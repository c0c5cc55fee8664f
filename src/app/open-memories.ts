import { createOpenAgentMemories, type OpenAgentMemories } from '../orchestrator/agent-memories.ts';
import { createMemoryUses, type MemoryUses } from '../orchestrator/memory-uses.ts';
import { createMemoryPurge, type MemoryPurge } from '../orchestrator/memory-purge.ts';
import type { OpenModels } from './open-models.ts';
import type { Shared } from './shared.ts';

type Deps = Pick<Shared, 'clock' | 'metrics' | 'observers' | 'registry' | 'store'> & { readonly models: OpenModels };

/** How agents and clients come to memories, each use counted. */
export interface OpenMemories {
  readonly open: OpenAgentMemories;
  /** Counts what a working memory is used for. */
  readonly count: MemoryUses['count'];
  close(): Promise<void>;
}

export function openMemories({ clock, metrics, observers, registry, store, models }: Deps): OpenMemories {
  const uses = createMemoryUses({
    ...{ clock, ledger: store.ledger, reportFault: observers.reportFault },
    onUse({ kind, operation, tokens }) {
      metrics.add('memoryOperations', { kind, operation });
      metrics.add('memoryTokens', { kind, operation }, tokens);
    },
  });
  return {
    open: createOpenAgentMemories({
      ...{ clock, uses, store: store.memory, openEmbedder: models.openEmbedder },
      findEmbeddingModel(name) {
        const found = registry.getModel(name);
        return found.ok && found.value.kind === 'embedding' ? found.value : undefined;
      },
    }),
    count: uses.count,
    close: async () => uses.close(),
  };
}

/** Deletes what has expired, for as long as this process carries executions forward. */
export const openMemoryPurge = ({
  clock,
  config,
  observers,
  store,
}: Pick<Shared, 'clock' | 'config' | 'observers' | 'store'>): MemoryPurge =>
  createMemoryPurge({
    ...{ clock, intervalMs: config.memoryPurgeMs, random: Math.random, reportFault: observers.reportFault },
    purge: (signal) => store.memory.forgetting.purge(signal),
  });
