import type { AuditEntry } from '../core/audit.ts';
import type { FactId, TenantId } from '../core/ids.ts';
import { ok } from '../core/result.ts';
import type { MemoryStore } from '../store/memory-store.ts';
import type { ReembeddingKey, ReembeddingProgress } from '../store/reembedding-store.ts';
import { embedAll, type Embedder } from './embedder.ts';
import { refuse, type MemoryAnswer } from './memory.ts';

export interface ReembeddingJob {
  readonly tenant: TenantId;
  readonly collection: string;
  /** Of the model that the collection shall have. */
  readonly embedder: Embedder;
  readonly store: Pick<MemoryStore, 'collections' | 'reembedding' | 'limits'>;
  readonly audit?: AuditEntry | undefined;
  readonly onProgress?: (progress: ReembeddingProgress) => void;
}

/**
 * Gives a collection another model: writes the new vectors beside the old ones, which are read until all are there. Called
 * again after a crash, a fault or an abort, it goes on where it was. Rejects with the signal's reason.
 */
export async function reembed(job: ReembeddingJob, signal: AbortSignal): Promise<MemoryAnswer<ReembeddingProgress>> {
  const { tenant, collection: name, embedder, store } = job;
  const { model, dimensions } = embedder;
  await store.reembedding.begin({ tenant, name, model, dimensions, audit: job.audit });
  let mine: ReembeddingKey | undefined;
  for (;;) {
    signal.throwIfAborted();
    const collection = await store.collections.get(tenant, name);
    if (collection === undefined) return refuse('noCollection', `There is no collection "${name}".`);
    const { id, next, writes } = collection;
    if (collection.model === model && collection.dimensions === dimensions) {
      await store.reembedding.sweep(tenant, id);
      return ok({ done: collection.factCount, total: collection.factCount });
    }
    if (next === undefined || (mine !== undefined && mine.generation !== next.generation))
      return refuse(
        'canceled',
        `The re-embedding of "${name}" with "${model}" was canceled. Start it again if it is wanted.`,
      );
    if (next.model !== model || next.dimensions !== dimensions) {
      const message = `The collection "${name}" is being re-embedded with "${next.model}" and ${next.dimensions} dimensions. Let that end, or cancel it first.`;
      return refuse('otherModel', message);
    }
    mine = { tenant, collection: id, generation: next.generation };
    const written = await writeMissing(job, mine, signal);
    if (!written.ok) return written;
    // What was written meanwhile makes it false, and is looked for in the next turn.
    await store.reembedding.switchOver(mine, writes);
  }
}

/** False: there was no job to cancel. What it has written goes. */
export async function cancelReembedding(
  store: ReembeddingJob['store'],
  { tenant, name, audit }: { readonly tenant: TenantId; readonly name: string; readonly audit?: AuditEntry },
): Promise<boolean> {
  const canceled = await store.reembedding.cancel(tenant, name, audit);
  const collection = await store.collections.get(tenant, name);
  if (collection !== undefined) await store.reembedding.sweep(tenant, collection.id);
  return canceled;
}

async function writeMissing(
  { collection, embedder, store, onProgress }: ReembeddingJob,
  key: ReembeddingKey,
  signal: AbortSignal,
): Promise<MemoryAnswer<void>> {
  const limit = store.limits.maxFactsPerWrite;
  const { done: before, total } = await store.reembedding.progress(key);
  let done = before;
  let after: FactId | undefined;
  for (;;) {
    signal.throwIfAborted();
    onProgress?.({ done, total });
    const facts = await store.reembedding.missing(key, { after, limit });
    if (facts.length === 0) return ok(undefined);
    const texts = facts.map(({ text }) => text);
    const vectors = await embedAll(embedder, texts, { collection, signal });
    if (!vectors.ok) return vectors;
    const rows = facts.flatMap(({ id }, at) => {
      const vector = vectors.value.vectors[at];
      return vector === undefined ? [] : [{ id, vector }];
    });
    await store.reembedding.write(key, rows, embedder.dimensions);
    done = Math.min(done + rows.length, total);
    after = facts.at(-1)?.id;
  }
}
