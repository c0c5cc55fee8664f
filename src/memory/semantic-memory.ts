import { v7 as uuid } from 'uuid';
import type { AuditEntry } from '../core/audit.ts';
import type { Clock } from '../core/clock.ts';
import { FactId, type TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { ok } from '../core/result.ts';
import type { CollectionMismatch } from '../store/collection-store.ts';
import type { FactSearch, FoundFact } from '../store/fact-search.ts';
import type { MemoryStore } from '../store/memory-store.ts';
import { embedAll, type Embedder } from './embedder.ts';
import {
  createGuaranteeKeeper,
  estimateTokens,
  refuse,
  type Memory,
  type MemoryAnswer,
  type Refused,
  type MemoryDeps,
} from './memory.ts';
import { lifetimeFault, limitFault, metadataFault, nameFault, textFault } from './memory-input.ts';

export interface FactInput {
  /** Given again, as by a second attempt, it is kept once. */
  readonly id?: FactId;
  readonly subject?: string;
  readonly text: string;
  readonly metadata?: JsonObject;
  /** Absent: the memory's own, if it has one; else until it is forgotten, or the collection is full of newer ones. */
  readonly lifetimeMs?: number;
}

export interface Remembered {
  readonly ids: readonly FactId[];
  /** Old facts that went, as the collection is full. */
  readonly evicted: number;
}

/** Facts of one collection, found by meaning. */
export interface SemanticMemory extends Memory {
  /** All of them, or none; durable when it resolves. */
  remember(facts: readonly FactInput[], signal: AbortSignal, audit?: AuditEntry): Promise<MemoryAnswer<Remembered>>;
  /** The nearest to what is asked. */
  recall(question: string, how: Partial<FactSearch>, signal: AbortSignal): Promise<MemoryAnswer<readonly FoundFact[]>>;
  /** Deletes facts; answers with how many there were of them. */
  forget(ids: readonly FactId[]): Promise<MemoryAnswer<number>>;
}

export interface SemanticMemoryDeps extends MemoryDeps {
  readonly tenant: TenantId;
  /** Made by `validate` where it is not there yet. */
  readonly collection: string;
  readonly embedder: Embedder;
  readonly store: Pick<MemoryStore, 'collections' | 'facts' | 'limits'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Of facts that come without one. */
  readonly lifetimeMs?: number | undefined;
}

export function createSemanticMemory(deps: SemanticMemoryDeps): SemanticMemory {
  const { tenant, collection: name, embedder, store, clock, onUse } = deps;
  const { limits } = store;
  const key = { tenant, name, model: embedder.model, dimensions: embedder.dimensions };
  const keeper = createGuaranteeKeeper('semantic', deps.guarantees, validateCollection);
  const tokensOf = (text: string): number => embedder.countTokens?.(text) ?? estimateTokens(text);

  async function validateCollection(): Promise<MemoryAnswer<void>> {
    const { dimensions } = embedder;
    const fault = nameFault('collection', name) ?? nameFault('model', embedder.model);
    if (fault !== undefined) return refuse('invalidInput', fault);
    if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > limits.maxDimensions)
      return refuse(
        'invalidInput',
        `"${embedder.model}" is declared with ${dimensions} dimensions, and collections have 1 to ${limits.maxDimensions}. Ask the model for fewer.`,
      );
    const made = await store.collections.create(key);
    if (made.type === 'full')
      return refuse(
        'invalidInput',
        `There is no room for the collection "${name}": the tenant has ${made.max}, which is the most. Use one of those.`,
      );
    const { collection } = made;
    const fits = collection.model === embedder.model && collection.dimensions === dimensions;
    return fits ? ok(undefined) : refusalOf({ type: 'otherModel', collection });
  }

  function refusalOf(mismatch: CollectionMismatch): Refused {
    if (mismatch.type === 'noCollection')
      return refuse('noCollection', `There is no collection "${name}" any more. Validate the memory again to make it.`);
    const { model, dimensions } = mismatch.collection;
    return refuse(
      'otherModel',
      `The collection "${name}" holds vectors of "${model}" with ${dimensions} dimensions, and this memory embeds with "${embedder.model}" and ${embedder.dimensions}. Use the collection's model, or change it by a re-embedding job.`,
    );
  }

  function faultOf(facts: readonly FactInput[]): string | undefined {
    const most = Math.min(limits.maxFactsPerWrite, limits.maxFactsPerCollection);
    if (facts.length === 0 || facts.length > most)
      return `${facts.length} facts cannot be written at once. Write 1 to ${most}.`;
    const given = facts.flatMap(({ id }) => id ?? []);
    if (new Set(given).size < given.length) return 'Two facts have the same id. Write each fact once.';
    for (const { subject, text, metadata, lifetimeMs } of facts) {
      const fault =
        (text.trim() === '' ? 'A fact has no text, and so no meaning. Leave it out.' : undefined) ??
        textFault('text', text, limits.maxTextBytes) ??
        (subject === undefined ? undefined : nameFault('subject', subject)) ??
        (metadata === undefined ? undefined : metadataFault(metadata, limits)) ??
        lifetimeFault(lifetimeMs);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  function questionFault(question: string, how: Partial<FactSearch>): string | undefined {
    if (question.trim() === '') return 'The question has no text, and so no meaning. Ask something.';
    return (
      textFault('question', question, limits.maxTextBytes) ??
      limitFault(how.limit ?? limits.defaultResults, limits.maxResults) ??
      (how.subject === undefined ? undefined : nameFault('subject', how.subject)) ??
      (how.metadata === undefined ? undefined : metadataFault(how.metadata, limits))
    );
  }

  return {
    kind: 'semantic',
    offers: keeper.offers,
    validate: keeper.validate,
    async remember(facts, signal, audit) {
      const refusal = keeper.refusal(faultOf(facts));
      if (refusal !== undefined) return refusal;
      const texts = facts.map(({ text }) => text);
      const vectors = await embedAll(embedder, texts, { collection: name, signal });
      if (!vectors.ok) return vectors;
      const rows = facts.flatMap(
        ({ id = FactId.parse(uuid()), metadata = {}, lifetimeMs = deps.lifetimeMs, ...rest }, at) => {
          const vector = vectors.value.vectors[at];
          const expiresAt = lifetimeMs === undefined ? undefined : new Date(clock.now() + lifetimeMs);
          return vector === undefined
            ? []
            : [{ ...rest, id, metadata, vector, tokens: tokensOf(rest.text), expiresAt }];
        },
      );
      const answer = await store.facts.add(key, rows, audit);
      if (answer.type !== 'added') return refusalOf(answer);
      const tokens = vectors.value.inputTokens ?? rows.reduce((sum, row) => sum + row.tokens, 0);
      await onUse?.({ kind: 'semantic', operation: 'write', tokens, items: rows.length });
      return ok({ ids: rows.map(({ id }) => id), evicted: answer.evicted });
    },
    async recall(question, how, signal) {
      const refusal = keeper.refusal(questionFault(question, how));
      if (refusal !== undefined) return refusal;
      const vectors = await embedAll(embedder, [question], { collection: name, signal });
      if (!vectors.ok) return vectors;
      const [vector = new Float32Array()] = vectors.value.vectors;
      const answer = await store.facts.search(key, vector, { ...how, limit: how.limit ?? limits.defaultResults });
      if (answer.type !== 'found') return refusalOf(answer);
      const asked = vectors.value.inputTokens ?? tokensOf(question);
      const tokens = answer.facts.reduce((sum, fact) => sum + fact.tokens, asked);
      await onUse?.({ kind: 'semantic', operation: 'read', tokens, items: answer.facts.length });
      return ok(answer.facts);
    },
    async forget(ids) {
      return keeper.refusal() ?? ok(await store.facts.remove(tenant, name, { ids }));
    },
  };
}
