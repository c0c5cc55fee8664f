import type { Result } from '../../core/result.ts';
import type { Failure } from '../../execution/events.ts';
import type { EpisodicMemory } from '../../memory/episodic-memory.ts';
import type { MemoryUse } from '../../memory/memory.ts';
import type { SemanticMemory } from '../../memory/semantic-memory.ts';
import type { MemoryDefinition } from '../../registry/memory.ts';
import type { Spender } from '../charged-call.ts';

/** Memories that outlive the execution, found to keep what they promise. */
export interface LastingMemories {
  readonly episodic?: EpisodicMemory | undefined;
  readonly semantic?: SemanticMemory | undefined;
}

/** How agents come to memories: opened for an attempt, which is charged for what they cost. */
export interface MemoryAccess {
  open(of: {
    readonly spender: Spender;
    readonly memories: readonly MemoryDefinition[];
  }): Promise<Result<LastingMemories, Failure>>;
  /** Counts what a working memory is used for. */
  count(spender: Spender, memory: string): (use: MemoryUse) => void;
}
