import type { Json, JsonObject } from '../../src/core/json.ts';

/** What a model of embeddings says to one request; where nothing else is said, it is right. */
export interface Embedded {
  /** In place of `vectorOf` each text. */
  readonly vectors?: readonly Json[];
  /** Which text each vector is said to be of; undefined: none is named. */
  readonly places?: readonly number[];
  /** Undefined: the provider says nothing of it. */
  readonly tokens?: Json;
}

/** Something that differs with the text. */
export const vectorOf = (text: string): number[] => [text.length, text.charCodeAt(0), 0.5, -1];

/** platform.openai.com/docs/api-reference/embeddings/create */
export function embeddingsOf(body: Json, { vectors, places, tokens }: Embedded): JsonObject {
  const { model, input } = body as { readonly model: string; readonly input: readonly string[] }; // what the SDK sends
  const embeddings = vectors ?? input.map(vectorOf);
  return {
    object: 'list',
    model,
    data: embeddings.map((embedding, index) => ({
      object: 'embedding',
      embedding,
      ...(places?.[index] !== undefined && { index: places[index] }),
    })),
    ...(tokens !== undefined && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  };
}
