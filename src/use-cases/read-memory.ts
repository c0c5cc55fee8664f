import { z } from 'zod';
import { createEpisodicMemory } from '../memory/episodic-memory.ts';
import type { Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { CollectionRecord } from '../store/collection-store.ts';
import type { Episode } from '../store/episode-store.ts';
import type { FactPlace, ListedFact } from '../store/fact-list.ts';
import type { FactSearch, FoundFact } from '../store/fact-search.ts';
import type { ReembeddingProgress } from '../store/reembedding-store.ts';
import {
  findMemory,
  invalidInput,
  openSemantic,
  patience,
  toMemoryError,
  type MemoryError,
  type MemoryUseCasesDeps,
} from './open-memory.ts';
import type { Page, PageArguments } from './page.ts';
import { requireScope, type Viewer } from './viewer.ts';

export interface FindFactsInput {
  readonly memory: string;
  /** What the facts shall be about. */
  readonly about: string;
  readonly limit: number | undefined;
  readonly subject: string | undefined;
  /** Members that the metadata must have with just these values. */
  readonly metadata: Json | undefined;
}

/** A collection of the viewer's tenant, and how far its change of the model has come. */
export interface CollectionView extends CollectionRecord {
  readonly reembedding: (ReembeddingProgress & { readonly model: string; readonly dimensions: number }) | undefined;
}

/** What is read from memory; every call sees the viewer's tenant alone. */
export interface MemoryReader {
  /** By meaning, the nearest first. */
  findFacts(viewer: Viewer, input: FindFactsInput): Promise<Result<readonly FoundFact[], MemoryError>>;
  /** The first remembered first; no model is asked. */
  listFacts(
    viewer: Viewer,
    input: Pick<FindFactsInput, 'memory' | 'metadata'>,
    page: PageArguments<FactPlace>,
  ): Promise<Result<Page<ListedFact>, MemoryError>>;
  /** The latest of a session, the oldest of them first. */
  listEpisodes(
    viewer: Viewer,
    input: { readonly memory: string; readonly session: string; readonly limit: number | undefined },
  ): Promise<Result<readonly Episode[], MemoryError>>;
  /** By name. */
  listCollections(viewer: Viewer): Promise<readonly CollectionView[]>;
}

const Wanted = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

function wantedOf(metadata: Json | undefined): Result<FactSearch['metadata'], MemoryError> {
  if (metadata === undefined) return ok(undefined);
  const parsed = Wanted.safeParse(metadata);
  if (parsed.success) return ok(parsed.data);
  return err(
    invalidInput('metadata must be an object of texts, numbers, booleans and nulls, such as { "file": "a.md" }.'),
  );
}

export const createMemoryReader = (deps: MemoryUseCasesDeps): MemoryReader => ({
  async findFacts(viewer, { memory: name, about, limit, subject, metadata }) {
    requireScope(viewer, 'memory:read');
    const wanted = wantedOf(metadata);
    if (!wanted.ok) return wanted;
    const found = findMemory(deps, name, 'semantic');
    if (!found.ok) return found;
    // Reading makes no collection.
    const collection = await deps.store.collections.get(viewer.tenant, found.value.collection);
    if (collection === undefined) return ok([]);
    const opened = await openSemantic(deps, viewer, { memory: name, field: 'facts' });
    if (!opened.ok) return opened;
    const { memory, request } = opened.value;
    const how = {
      ...(limit !== undefined && { limit }),
      ...(subject !== undefined && { subject }),
      ...(wanted.value !== undefined && { metadata: wanted.value }),
    };
    const answer = await memory.recall(about, how, patience());
    return answer.ok ? answer : err(toMemoryError(answer.error, request));
  },

  async listFacts(viewer, { memory, metadata }, page) {
    requireScope(viewer, 'memory:read');
    const wanted = wantedOf(metadata);
    if (!wanted.ok) return wanted;
    const found = findMemory(deps, memory, 'semantic');
    if (!found.ok) return found;
    return ok(await deps.store.facts.list(viewer.tenant, found.value.collection, { metadata: wanted.value, page }));
  },

  async listEpisodes(viewer, { memory: name, session, limit }) {
    requireScope(viewer, 'memory:read');
    const found = findMemory(deps, name, 'episodic');
    if (!found.ok) return found;
    const request = deps.openRequest(viewer.tenant, 'episodes');
    const memory = createEpisodicMemory({
      ...{ tenant: viewer.tenant, store: deps.store, clock: deps.clock, guarantees: found.value.guarantees },
      onUse: (use) => request.count(name, use),
    });
    const valid = await memory.validate();
    if (!valid.ok) return err(toMemoryError(valid.error, request));
    const answer = await memory.recall(session, limit);
    return answer.ok ? answer : err(toMemoryError(answer.error, request));
  },

  async listCollections(viewer) {
    requireScope(viewer, 'memory:read');
    const collections = await deps.store.collections.list(viewer.tenant);
    return Promise.all(collections.map((collection) => viewOf(deps, viewer, collection)));
  },
});

/** A collection with the progress of its job, if there is one. */
export async function viewOf(
  { store }: Pick<MemoryUseCasesDeps, 'store'>,
  { tenant }: Viewer,
  collection: CollectionRecord,
): Promise<CollectionView> {
  const { id, next } = collection;
  if (next === undefined) return { ...collection, reembedding: undefined };
  const progress = await store.reembedding.progress({ tenant, collection: id, generation: next.generation });
  const { model, dimensions } = next;
  return { ...collection, reembedding: { ...progress, model, dimensions } };
}
