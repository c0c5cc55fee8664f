import type { EmbeddingModelV3 } from '@ai-sdk/provider';
import { z } from 'zod';
import { err, ok } from '../core/result.ts';
import { NO_TOKENS, tokenFault } from '../usage/tokens.ts';
import { malformed, toFailure } from './ai-sdk-failure.ts';
import { textsFault, type EmbeddingLimits, type EmbeddingProvider } from './embedding.ts';
import type { ModelFailure } from './provider.ts';
import { watchFetch } from './watch-fetch.ts';

export interface AiSdkEmbeddingProviderSettings {
  readonly name: string;
  /** The only way to the provider. */
  readonly fetch: typeof globalThis.fetch;
  /** The SDK's model behind a name, which asks through that `fetch`. */
  readonly modelOf: (id: string, fetch: typeof globalThis.fetch) => EmbeddingModelV3;
  readonly limits: EmbeddingLimits;
  readonly now: () => Date;
  /** Told of what a provider says of its tokens that cannot be true; the call goes on as if it had said nothing. */
  readonly reportFault: (message: string) => void;
}

/** A provider of embeddings behind the AI SDK: one call is one request. */
export const createAiSdkEmbeddingProvider = (settings: AiSdkEmbeddingProviderSettings): EmbeddingProvider => ({
  name: settings.name,
  async embed({ model, texts }, signal) {
    const fault = textsFault(texts, settings.limits);
    if (fault !== undefined) return err(fault);
    const watched = watchFetch(settings.fetch);
    try {
      const asked = settings.modelOf(model, watched.fetch);
      const { embeddings, usage, response } = await asked.doEmbed({ values: [...texts], abortSignal: signal });
      const inputTokens = tokensOf(usage, (what) => settings.reportFault(`${settings.name}, ${model}: ${what}.`));
      const vectors = vectorsOf(embeddings, { count: texts.length, places: placesIn(response?.body) });
      return typeof vectors === 'string' ? err(unusable(vectors, inputTokens)) : ok({ vectors, inputTokens });
    } catch (error) {
      const { sent, began } = watched;
      return err(toFailure(error, { aborted: signal.aborted, sent, began, now: settings.now() }));
    }
  },
});

function tokensOf(
  usage: { readonly tokens: number } | undefined,
  reportFault: (fault: string) => void,
): number | undefined {
  if (usage === undefined) return undefined;
  const fault = tokenFault({ ...NO_TOKENS, inputTokens: usage.tokens });
  if (fault === undefined) return usage.tokens;
  reportFault(fault);
  return undefined;
}

/** Which text each vector is of, where the provider says so; the SDK does not look. */
const Places = z.object({ data: z.array(z.object({ index: z.number() })) });
const placesIn = (body: unknown): readonly number[] | undefined =>
  Places.safeParse(body).data?.data.map(({ index }) => index);

interface Expected {
  readonly count: number;
  readonly places: readonly number[] | undefined;
}

/** The vectors in the order of their texts, or what is wrong with them. */
function vectorsOf(
  embeddings: readonly (readonly number[])[],
  { count, places }: Expected,
): readonly Float32Array[] | string {
  if (embeddings.length !== count) return `${embeddings.length} vectors for ${count} texts`;
  const vectors = embeddings.map((numbers) => Float32Array.from(numbers));
  const length = vectors[0]?.length ?? 0;
  if (length === 0) return 'a vector without numbers';
  const odd = vectors.find((vector) => vector.length !== length);
  if (odd !== undefined) return `vectors of ${length} and of ${odd.length} numbers`;
  if (!vectors.every((vector) => vector.every(Number.isFinite))) return 'a number that a vector cannot hold';
  if (places === undefined) return vectors;
  const placed = new Map(places.map((place, index) => [place, vectors[index]]));
  const ordered = vectors.flatMap((_, index) => placed.get(index) ?? []);
  return ordered.length === count ? ordered : `vectors of the texts ${places.join(', ')} alone`;
}

function unusable(what: string, inputTokens: number | undefined): ModelFailure {
  const usage = inputTokens === undefined ? {} : { usage: { ...NO_TOKENS, inputTokens } };
  return { ...malformed(`The answer cannot be used: it has ${what}.`), ...usage };
}
