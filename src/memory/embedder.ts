import { ok, type Result } from '../core/result.ts';
import { checkVector, type VectorSpace } from './dimension-guard.ts';
import { refuse, type MemoryAnswer } from './memory.ts';

/** Whoever says what texts mean, as vectors of one model. */
export interface Embedder {
  readonly model: string;
  readonly dimensions: number;
  /** One vector for each text, in their order. Never rejects. */
  embed(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<readonly Float32Array[], { readonly message: string; readonly retryable: boolean }>>;
  /** Absent: tokens are estimated. */
  readonly countTokens?: (text: string) => number;
}

/** The vectors of the texts at length 1, each of them past the dimension guard; or none. */
export async function embedAll(
  embedder: Embedder,
  texts: readonly string[],
  { collection, signal }: { readonly collection: string; readonly signal: AbortSignal },
): Promise<MemoryAnswer<readonly Float32Array[]>> {
  const { model, dimensions } = embedder;
  const answer = await embedder.embed(texts, signal);
  if (!answer.ok) {
    const { message, retryable } = answer.error;
    return refuse('embedderFailed', `"${model}" did not embed for the collection "${collection}": ${message}`, {
      retryable,
    });
  }
  const { length } = answer.value;
  if (length !== texts.length) {
    const message = `"${model}" gave ${length} vectors for ${texts.length} texts. Nothing was written; its provider is broken.`;
    return refuse('embedderFailed', message);
  }
  const space: VectorSpace = { collection, model, dimensions };
  const vectors: Float32Array[] = [];
  for (const vector of answer.value) {
    const checked = checkVector(vector, model, space);
    if (!checked.ok) return refuse('embedderFailed', checked.error);
    vectors.push(checked.value);
  }
  return ok(vectors);
}
