import type { EmbeddingProvider } from '../../src/llm/embedding.ts';
import type { Embedder } from '../../src/memory/embedder.ts';
import { unitVector } from './memory.ts';

/** A model of the outside: texts are as near as the words that they share. Every model has its own idea of a word. */
export function wordEmbedder(model: string, dimensions: number): Embedder & { readonly texts: string[] } {
  const texts: string[] = [];
  const seedOf = (word: string): number =>
    Array.from(`${model} ${word}`, (one) => one.codePointAt(0) ?? 0).reduce(
      (sum, one) => (sum * 31 + one) % 1_000_000_007,
      7,
    );
  const vectorOf = (text: string): Float32Array => {
    const words = text.toLowerCase().split(/\W+/).filter(Boolean);
    return words.reduce((sum, word) => {
      const vector = unitVector(seedOf(word), dimensions);
      return sum.map((one, at) => one + (vector[at] ?? 0));
    }, new Float32Array(dimensions));
  };
  return {
    model,
    dimensions,
    texts,
    embed: async (asked) => {
      texts.push(...asked);
      return { ok: true, value: { vectors: asked.map(vectorOf), inputTokens: undefined } };
    },
  };
}

/** Such a model behind a provider, which counts words as tokens. */
export function wordEmbeddingProvider(dimensions: number): EmbeddingProvider {
  return {
    name: 'words',
    async embed({ model, texts }, signal) {
      const embedded = await wordEmbedder(model, dimensions).embed(texts, signal);
      if (!embedded.ok) throw new Error(embedded.error.message);
      const inputTokens = texts.reduce((sum, text) => sum + text.split(/\s+/).length, 0);
      return { ok: true, value: { ...embedded.value, inputTokens } };
    },
  };
}
