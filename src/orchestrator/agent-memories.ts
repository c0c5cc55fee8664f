import type { Clock } from '../core/clock.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Failure } from '../execution/events.ts';
import { createEpisodicMemory, type EpisodicMemory } from '../memory/episodic-memory.ts';
import type { Memory, MemoryRefusal, MemoryUse } from '../memory/memory.ts';
import { createSemanticMemory, type SemanticMemory } from '../memory/semantic-memory.ts';
import type { MemoryDefinition, SemanticMemoryDefinition } from '../registry/memory.ts';
import type { EmbeddingModelDefinition } from '../registry/model.ts';
import type { MemoryStore } from '../store/memory-store.ts';
import type { Spender, Spent } from './charged-call.ts';
import type { ChargedEmbedder, OpenEmbedder } from './charged-embedding.ts';
import { NOTHING_SPENT } from './charged-call.ts';
import type { MemoryUses } from './memory-uses.ts';

export interface AgentMemoriesDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly store: MemoryStore;
  readonly uses: Pick<MemoryUses, 'count'>;
  readonly openEmbedder: OpenEmbedder;
  readonly findEmbeddingModel: (name: string) => EmbeddingModelDefinition | undefined;
}

/** Memories that outlive the execution, found to keep what they promise. */
export interface AgentMemories {
  readonly episodic?: EpisodicMemory;
  readonly semantic?: SemanticMemory;
  /** What embedding has cost so far. */
  readonly spent: Spent;
}

export interface AgentMemoriesRequest {
  /** Who pays for what they cost. */
  readonly spender: Spender;
  /** Working memory is no business of theirs and is passed over. */
  readonly memories: readonly MemoryDefinition[];
  /** Of the attempt: from then on nobody waits for the count of a use. */
  readonly signal: AbortSignal;
}

/** Opens the memories of an attempt; each of their uses is counted, and each embedding call charged. */
export type OpenAgentMemories = (request: AgentMemoriesRequest) => Promise<Result<AgentMemories, Failure>>;

export const createOpenAgentMemories =
  (deps: AgentMemoriesDeps): OpenAgentMemories =>
  async ({ spender, memories, signal }) => {
    const { tenant } = spender;
    const { clock, store } = deps;
    const opened: { episodic?: EpisodicMemory; semantic?: SemanticMemory } = {};
    let embedder: ChargedEmbedder | undefined;

    function open(definition: Exclude<MemoryDefinition, { readonly kind: 'working' }>): Result<Memory, Failure> {
      const { name, guarantees, lifetimeMs } = definition;
      const onUse = (use: MemoryUse): Promise<void> => deps.uses.count(spender, name, { ...use, signal });
      const common = { tenant, clock, store, guarantees, onUse, lifetimeMs };
      if (definition.kind === 'episodic') return ok((opened.episodic = createEpisodicMemory(common)));
      const model = deps.findEmbeddingModel(definition.model);
      if (model === undefined) return err(noModel(definition));
      embedder = deps.openEmbedder(spender, model);
      const { collection } = definition;
      return ok((opened.semantic = createSemanticMemory({ ...common, collection, embedder })));
    }

    for (const definition of memories) {
      if (definition.kind === 'working') continue;
      const memory = open(definition);
      if (!memory.ok) return memory;
      const valid = await memory.value.validate();
      if (!valid.ok) return err(toFailure(definition.name, valid.error));
    }
    return ok({
      ...opened,
      get spent() {
        return embedder?.spent ?? NOTHING_SPENT;
      },
    });
  };

const noModel = ({ name, model }: SemanticMemoryDefinition): Failure => ({
  reason: 'modelUnavailable',
  message: `The memory "${name}" finds by meaning with "${model}", which is not registered here, or makes no vectors.`,
  retryable: false,
});

/** A memory that may not be used, as a failure of whoever needs it. */
function toFailure(memory: string, { message: text, retryable, cause }: MemoryRefusal): Failure {
  const message = `memory "${memory}": ${text}`;
  return { reason: cause ?? 'threw', message, retryable };
}
