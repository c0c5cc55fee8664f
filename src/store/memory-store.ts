import type { Clock } from '../core/clock.ts';
import { createCollectionStore, type CollectionStore } from './collection-store.ts';
import type { Database } from './database.ts';
import { createEpisodeStore, type EpisodeStore } from './episode-store.ts';
import { createFactDeletion } from './fact-deletion.ts';
import { createFactStore, type FactStore } from './fact-store.ts';
import { createForgettingStore, type ForgettingStore } from './forgetting-store.ts';
import { DEFAULT_MEMORY_LIMITS, type MemoryLimits } from './memory-limits.ts';
import { createReembeddingStore, type ReembeddingStore } from './reembedding-store.ts';

export interface MemoryStoreDeps {
  readonly database: Pick<Database, 'of' | 'query'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: MemoryLimits;
}

/** What agents remember beyond one execution. */
export interface MemoryStore {
  readonly limits: MemoryLimits;
  readonly collections: CollectionStore;
  readonly facts: FactStore;
  readonly episodes: EpisodeStore;
  readonly forgetting: ForgettingStore;
  readonly reembedding: ReembeddingStore;
}

/** Memory on the database; limits that are not given are the default ones. */
export function createMemoryStore({
  database,
  clock,
  limits: given = {},
}: Omit<MemoryStoreDeps, 'limits'> & { readonly limits?: Partial<MemoryLimits> }): MemoryStore {
  const deps: MemoryStoreDeps = { database, clock, limits: { ...DEFAULT_MEMORY_LIMITS, ...given } };
  const collections = createCollectionStore(deps);
  const deletion = createFactDeletion(database);
  return {
    limits: deps.limits,
    collections,
    facts: createFactStore({ ...deps, collections, deletion }),
    episodes: createEpisodeStore(deps),
    forgetting: createForgettingStore({ ...deps, collections, deletion }),
    reembedding: createReembeddingStore(deps),
  };
}
