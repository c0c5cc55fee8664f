import type { NotFoundError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { SECOND_MS } from '../core/units.ts';
import { cancelReembedding, reembed } from '../memory/reembedding.ts';
import type { SemanticMemoryDefinition } from '../registry/memory.ts';
import { auditOf } from './audit.ts';
import { findMemory, modelOf, toMemoryError, type MemoryError, type MemoryUseCasesDeps } from './open-memory.ts';
import { viewOf, type CollectionView } from './read-memory.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** One request works for so long, so that its answer comes before anybody gives up on it. */
const WORK_MS = 20 * SECOND_MS;

export interface Reembedded {
  /** Undefined: the tenant has nothing in that memory yet, so that there is nothing to do. */
  readonly collection: CollectionView | undefined;
  /** Whether all vectors are those of the memory's model now. */
  readonly isDone: boolean;
}

/** Gives the collection of a memory the model that is registered for it by now. */
export interface CollectionReembedder {
  /** Works for some seconds and says how far it came; asked again, it goes on there. */
  reembedCollection(viewer: Viewer, memory: string): Promise<Result<Reembedded, MemoryError>>;
  /** What was written goes; the old vectors are read all the time. */
  cancelReembedding(
    viewer: Viewer,
    memory: string,
  ): Promise<Result<{ readonly canceled: boolean; readonly collection: CollectionView | undefined }, NotFoundError>>;
}

export function createCollectionReembedder(deps: MemoryUseCasesDeps): CollectionReembedder {
  const { store } = deps;

  async function collectionOf(viewer: Viewer, { collection }: SemanticMemoryDefinition) {
    const found = await store.collections.get(viewer.tenant, collection);
    return found && viewOf(deps, viewer, found);
  }

  return {
    async reembedCollection(viewer, name) {
      requireScope(viewer, 'memory:write');
      const memory = findMemory(deps, name, 'semantic');
      if (!memory.ok) return memory;
      const model = modelOf(deps, memory.value);
      if (!model.ok) return model;
      const { tenant } = viewer;
      const { collection } = memory.value;
      if ((await store.collections.get(tenant, collection)) === undefined)
        return ok({ collection: undefined, isDone: true });
      const request = deps.openRequest(tenant, 'reembedCollection');
      const embedder = request.embedderOf(model.value);
      const signal = AbortSignal.timeout(WORK_MS);
      const at = deps.clock.now();
      const audit = auditOf(viewer, 'reembedCollection', { at, nounId: name, fields: ['model'] });
      const answer = await reembed({ tenant, collection, embedder, store, audit }, signal).catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      if (answer?.ok === false && !signal.aborted) return err(toMemoryError(answer.error, request));
      return ok({ collection: await collectionOf(viewer, memory.value), isDone: answer?.ok === true });
    },
    async cancelReembedding(viewer, name) {
      requireScope(viewer, 'memory:write');
      const memory = findMemory(deps, name, 'semantic');
      if (!memory.ok) return memory;
      const at = deps.clock.now();
      const audit = auditOf(viewer, 'cancelReembedding', { at, nounId: name, fields: ['model'] });
      const { tenant } = viewer;
      const canceled = await cancelReembedding(store, { tenant, name: memory.value.collection, audit });
      return ok({ canceled, collection: await collectionOf(viewer, memory.value) });
    },
  };
}
