import { z } from 'zod';
import { MIB } from '../core/units.ts';
import { Price } from '../usage/prices.ts';

/** Names of models, as blueprints say them: `fast`, `gpt-5-mini`, `local.llama`. */
export const ModelName = z
  .string()
  .max(128)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'A model has a name like fast or gpt-5-mini.');

/** What a model costs: `catalog` looks it up by the day of each call, `free` says that nobody sends a bill. */
export const ModelPrice = z.union([z.enum(['catalog', 'free']), z.array(Price).min(1).max(100)]);
export type ModelPrice = z.infer<typeof ModelPrice>;

const common = {
  /** Name of a provider of the configuration. */
  provider: z.string().min(1).max(128),
  /** The provider's own name of it. Default: the name of the entry. */
  model: z.string().min(1).max(256).optional(),
  description: z.string().max(4_096).optional(),
  price: ModelPrice.default('catalog'),
  /** Further calls of one request after a failure that may pass. */
  retries: z.int().min(0).max(10).default(2),
};

/** A model that answers in text. */
export const TextModel = z.strictObject({
  // Optional inside, so that the union below knows it by its absence too.
  kind: z.literal('text').optional().default('text'),
  ...common,
  /** The most tokens of one answer, reasoning included; a node may ask for fewer. */
  maxOutputTokens: z.int().min(1).max(1_000_000).default(4_096),
  /** What one question to it may hold; what is larger is not sent. */
  maxInputBytes: z
    .int()
    .min(1)
    .max(64 * MIB)
    .default(4 * MIB),
  /** Models that are asked in its place, in order, when it cannot be reached or is overloaded. */
  fallbacks: z.array(ModelName).max(8).default([]),
});

/** A model that turns text into vectors. */
export const EmbeddingModel = z.strictObject({
  kind: z.literal('embedding'),
  ...common,
  /** Numbers of each vector. */
  dimensions: z.int().min(1).max(16_384),
});

export const ModelEntry = z.discriminatedUnion('kind', [TextModel, EmbeddingModel]);

interface Named {
  readonly name: string;
  /** The provider's own name of it. */
  readonly model: string;
}
export type TextModelDefinition = Omit<z.infer<typeof TextModel>, 'model'> & Named;
export type EmbeddingModelDefinition = Omit<z.infer<typeof EmbeddingModel>, 'model'> & Named;

/** A registered model: who serves it, under which name, at which price. */
export type ModelDefinition = TextModelDefinition | EmbeddingModelDefinition;

/** What an execution pins of a model: who serves it and as what. Its price is that of the day of each call. */
export const modelVersion = ({ provider, model }: ModelDefinition): string => `${provider}:${model}`;
