import type { AgentDefinition } from '../registry/agent.ts';
import type { EmbeddingModelDefinition, ModelDefinition, TextModelDefinition } from '../registry/model.ts';
import { costOf, mostCostOf, type Price } from '../usage/prices.ts';
import { NO_TOKENS } from '../usage/tokens.ts';
import type { EstimatePart } from './estimate-part.ts';

/** What an estimate knows of models. */
export interface EstimateDeps {
  readonly findModel: (name: string) => TextModelDefinition | undefined;
  readonly findAgent: (name: string) => AgentDefinition | undefined;
  /** The model that makes the vectors of a memory; undefined: it finds nothing by meaning. */
  readonly findEmbeddingModelOf: (memory: string) => EmbeddingModelDefinition | undefined;
  /** What a model costs at the instant of the estimate; `unknown` when nobody says. */
  readonly priceOf: (model: ModelDefinition) => Price | 'free' | 'unknown';
}

/** The likely answer: a quarter of what it may be, and no more than this. */
const SHARE_OF_OUTPUT = 4;
const LIKELY_OUTPUT_TOKENS = 500;

/** Calls of one model that a node makes: one at least. */
export interface EstimatedCalls {
  readonly node: string;
  readonly model: ModelDefinition;
  /** Of all attempts, each without the tries that it may take. */
  readonly mostCalls: number;
  /** Tokens of one call. */
  readonly input: { readonly least: number; readonly likely: number; readonly most: number };
  /** Default: what each model is registered with. */
  readonly maxOutputTokens: number | undefined;
}

/** What calls take: one when all goes well; at most every try of each at the model and its fallbacks. */
export function partOfCalls(
  { node, model, mostCalls, input, maxOutputTokens }: EstimatedCalls,
  { findModel, priceOf }: EstimateDeps,
): EstimatePart {
  const mostOutputOf = (each: ModelDefinition): number =>
    each.kind === 'embedding' ? 0 : (maxOutputTokens ?? each.maxOutputTokens);
  const fallbacks = model.kind === 'embedding' ? [] : model.fallbacks.flatMap((name) => findModel(name) ?? []);
  const tries = [model, ...fallbacks].map((each) => ({
    name: each.name,
    calls: BigInt(mostCalls * (each.retries + 1)),
    output: mostOutputOf(each),
    price: priceOf(each),
  }));
  const most = (of: (one: (typeof tries)[number]) => bigint): bigint =>
    tries.reduce((sum, one) => sum + one.calls * of(one), 0n);
  const unpriced = tries.filter(({ price }) => price === 'unknown').map(({ name }) => name);
  const price = priceOf(model);
  const mostOutput = mostOutputOf(model);
  const outputTokens = Math.min(Math.ceil(mostOutput / SHARE_OF_OUTPUT), LIKELY_OUTPUT_TOKENS);
  return {
    calls: { least: 1n, likely: 1n, most: most(() => 1n) },
    // Nobody can say how few tokens a tokenizer makes of a text.
    inputTokens: { least: 1n, likely: BigInt(input.likely), most: most(() => BigInt(input.most)) },
    outputTokens: { least: 0n, likely: BigInt(outputTokens), most: most(({ output }) => BigInt(output)) },
    costUsdMicros: {
      least: 0n,
      likely: costAt(price, (known) => costOf({ ...NO_TOKENS, inputTokens: input.likely, outputTokens }, known)),
      most:
        unpriced.length > 0
          ? undefined
          : most(
              (one) => costAt(one.price, (known) => mostCostOf({ input: input.most, output: one.output }, known)) ?? 0n,
            ),
    },
    // As the first call is reserved at least.
    room: {
      node,
      usdMicros: costAt(price, (known) => mostCostOf({ input: input.least, output: mostOutput }, known)) ?? 0n,
    },
    unpriced,
  };
}

const costAt = (price: Price | 'free' | 'unknown', of: (price: Price) => bigint): bigint | undefined =>
  price === 'unknown' ? undefined : price === 'free' ? 0n : of(price);
