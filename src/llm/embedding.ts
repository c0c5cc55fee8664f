import type { Result } from '../core/result.ts';
import type { ModelFailure } from './provider.ts';

export interface EmbeddingRequest {
  /** The provider's own name of the model. */
  readonly model: string;
  readonly texts: readonly string[];
}

export interface EmbeddingAnswer {
  /** One for each text, in order, all of one length. */
  readonly vectors: readonly Float32Array[];
  /** Undefined: the provider said nothing of it, or nothing that can be true. */
  readonly inputTokens: number | undefined;
}

/** Whoever says what texts mean, as vectors. */
export interface EmbeddingProvider {
  readonly name: string;
  /** One call, without retries. Never rejects. */
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<Result<EmbeddingAnswer, ModelFailure>>;
}

/** Above them a call is refused before it is made. */
export interface EmbeddingLimits {
  /** In one call. */
  readonly maxTexts: number;
  /** In one text, counted in UTF-16 code units. */
  readonly maxCharacters: number;
}

/** 64 vectors of 3,072 numbers are some 4 MB of JSON; most models read less than 8,192 characters of a text. */
export const DEFAULT_EMBEDDING_LIMITS: EmbeddingLimits = { maxTexts: 64, maxCharacters: 8_192 };

/** Why texts cannot be embedded; undefined when they can. */
export function textsFault(
  texts: readonly string[],
  { maxTexts, maxCharacters }: EmbeddingLimits,
): ModelFailure | undefined {
  if (texts.length === 0) return refused('No text was given to embed: give at least one.');
  if (texts.length > maxTexts)
    return refused(`${texts.length} texts are more than the ${maxTexts} of one call: make several calls.`);
  const empty = texts.indexOf('');
  if (empty >= 0) return refused(`Text ${empty} (counted from 0) is empty, and means nothing: leave it out.`);
  const long = texts.findIndex(({ length }) => length > maxCharacters);
  if (long < 0) return undefined;
  const length = texts[long]?.length ?? 0;
  const much = `has ${length} characters, more than the ${maxCharacters} of one text`;
  return refused(`Text ${long} (counted from 0) ${much}: cut it into several texts.`);
}

const refused = (message: string): ModelFailure => ({
  reason: 'refused',
  message,
  retryable: false,
  mayBeBilled: false,
});
