import { ok, type Result } from '../core/result.ts';
import { checkVector, type VectorSpace } from './dimension-guard.ts';
import { refuse, type MemoryAnswer } from './memory.ts';

/** What texts mean, and what that took. */
export interface Embedded {
  /** One for each text, in their order. */
  readonly vectors: readonly Float32Array[];
  /** As the provider counted them; undefined: it said nothing of it. */
  readonly inputTokens: number | undefined;
}

export interface EmbedderFailure {
  /** `canceled`: its signal fired, or the execution is somebody else's by now. */
  readonly reason: 'budgetExceeded' | 'modelRefused' | 'modelUnavailable' | 'timedOut' | 'canceled';
  readonly message: string;
  readonly retryable: boolean;
}

/** Whoever says what texts mean, as vectors of one model. */
export interface Embedder {
  /** The provider's own name of the model: vectors of two models mean nothing to each other. */
  readonly model: string;
  readonly dimensions: number;
  /** Never rejects because of what the model did. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Result<Embedded, EmbedderFailure>>;
  /** Absent: tokens are estimated. */
  readonly countTokens?: (text: string) => number;
}

/** The vectors of the texts at length 1, each of them past the dimension guard; or none at all. */
export async function embedAll(
  embedder: Embedder,
  texts: readonly string[],
  { collection, signal }: { readonly collection: string; readonly signal: AbortSignal },
): Promise<MemoryAnswer<Embedded>> {
  const { model, dimensions } = embedder;
  const answer = await embedder.embed(texts, signal);
  if (!answer.ok) {
    const { reason, message, retryable } = answer.error;
    return refuse('embedderFailed', `"${model}" did not embed for the collection "${collection}": ${message}`, {
      retryable,
      cause: reason,
    });
  }
  const { inputTokens } = answer.value;
  const { length } = answer.value.vectors;
  if (length !== texts.length) {
    const message = `"${model}" gave ${length} vectors for ${texts.length} texts. Nothing was written; its provider is broken.`;
    return refuse('embedderFailed', message);
  }
  const space: VectorSpace = { collection, model, dimensions };
  const vectors: Float32Array[] = [];
  for (const vector of answer.value.vectors) {
    const checked = checkVector(vector, model, space);
    if (!checked.ok) return refuse('embedderFailed', checked.error);
    vectors.push(checked.value);
  }
  return ok({ vectors, inputTokens });
}
