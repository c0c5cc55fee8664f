import { createMemoryForgetter, type MemoryForgetter } from './forget-memory.ts';
import type { MemoryUseCasesDeps } from './open-memory.ts';
import { createMemoryReader, type MemoryReader } from './read-memory.ts';
import { createCollectionReembedder, type CollectionReembedder } from './reembed-collection.ts';
import { createRememberFacts, type RememberFacts } from './remember-facts.ts';

/** What a client may ask for about memory. */
export interface MemoryUseCases extends MemoryReader, MemoryForgetter, CollectionReembedder {
  readonly rememberFacts: RememberFacts;
}

/** Makes all of them with the same surroundings. */
export const createMemoryUseCases = (deps: MemoryUseCasesDeps): MemoryUseCases => ({
  ...createMemoryReader(deps),
  ...createMemoryForgetter(deps),
  ...createCollectionReembedder(deps),
  rememberFacts: createRememberFacts(deps),
});
