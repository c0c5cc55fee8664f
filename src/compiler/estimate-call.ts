import { ModelAsk } from '../blueprint/model-ask.ts';
import type { LlmPlan } from '../blueprint/plan.ts';
import type { AgentDefinition } from '../registry/agent.ts';
import type { TextModelDefinition } from '../registry/model.ts';
import { costOf, mostCostOf, type Price } from '../usage/prices.ts';
import { mostTokensOf } from '../usage/token-bound.ts';
import { NO_TOKENS } from '../usage/tokens.ts';
import { NOTHING, type EstimatePart } from './estimate-part.ts';

/** What an estimate knows of models. */
export interface EstimateDeps {
  readonly findModel: (name: string) => TextModelDefinition | undefined;
  readonly findAgent: (name: string) => AgentDefinition | undefined;
  /** What a model costs at the instant of the estimate; `unknown` when nobody says. */
  readonly priceOf: (model: TextModelDefinition) => Price | 'free' | 'unknown';
}

/** The likely tokens of a text: four bytes each, and each value that an expression gives taken for so many bytes. */
export const BYTES_A_TOKEN = 4;
const BYTES_A_VALUE = 1_000;
/** The likely answer: a quarter of what it may be, and no more than this. */
export const SHARE_OF_OUTPUT = 4;
export const LIKELY_OUTPUT_TOKENS = 500;

interface Asked {
  readonly node: LlmPlan;
  readonly model: TextModelDefinition;
}

/** What a node of a model takes: one call when all goes well; at most every try of every attempt at it and its fallbacks. */
export function partOfCalls(node: LlmPlan, { findModel, priceOf }: EstimateDeps): EstimatePart {
  const model = findModel(node.spec.model);
  if (model === undefined) return NOTHING;
  const asked = { node, model };
  const input = mostInputOf(asked);
  const likely = likelyOf(asked, input);
  const tries = [model, ...model.fallbacks.flatMap((name) => findModel(name) ?? [])].map((each) => ({
    name: each.name,
    calls: BigInt(node.retry.attempts * (each.retries + 1)),
    output: mostOutputOf({ node, model: each }),
    price: priceOf(each),
  }));
  const most = (of: (one: (typeof tries)[number]) => bigint): bigint =>
    tries.reduce((sum, one) => sum + one.calls * of(one), 0n);
  const unpriced = tries.filter(({ price }) => price === 'unknown').map(({ name }) => name);
  return {
    calls: { least: 1n, likely: 1n, most: most(() => 1n) },
    // Nobody can say how few tokens a tokenizer makes of a text.
    inputTokens: { least: 1n, likely: BigInt(likely.input), most: most(() => BigInt(input)) },
    outputTokens: { least: 0n, likely: BigInt(likely.output), most: most(({ output }) => BigInt(output)) },
    costUsdMicros: {
      least: 0n,
      likely: costAt(priceOf(model), (price) =>
        costOf({ ...NO_TOKENS, inputTokens: likely.input, outputTokens: likely.output }, price),
      ),
      most:
        unpriced.length > 0
          ? undefined
          : most((one) => costAt(one.price, (price) => mostCostOf({ input, output: one.output }, price)) ?? 0n),
    },
    room: { usdMicros: leastRoomOf(asked, priceOf(model)), node: node.name },
    unpriced,
  };
}

/** As the first call is reserved at least. */
function leastRoomOf({ node, model }: Asked, price: Price | 'free' | 'unknown'): bigint {
  const input = node.input.constant ? mostInputOf({ node, model }) : tokensOf(node, ['']);
  return costAt(price, (known) => mostCostOf({ input, output: mostOutputOf({ node, model }) }, known)) ?? 0n;
}

/** What tokens cost; undefined: nobody says. */
export const costAt = (price: Price | 'free' | 'unknown', of: (price: Price) => bigint): bigint | undefined =>
  price === 'unknown' ? undefined : price === 'free' ? 0n : of(price);

const mostOutputOf = ({ node, model }: Asked): number => node.spec.parameters?.maxOutputTokens ?? model.maxOutputTokens;

/** By the text itself where all of it is written, else by what the model takes at most. */
function mostInputOf({ node, model }: Asked): number {
  const texts = node.input.constant ? textsOf(node) : undefined;
  return texts === undefined ? tokensOf(node, ['']) + model.maxInputBytes : tokensOf(node, texts);
}

/** As a call is reserved: a token for each byte, and what providers add. */
const tokensOf = ({ spec }: LlmPlan, texts: readonly string[]): number =>
  mostTokensOf([
    ...texts.map((text) => JSON.stringify({ role: 'user', text })),
    ...(spec.outputSchema === undefined ? [] : [JSON.stringify(spec.outputSchema)]),
  ]);

/** What is said to the model, where no expression has a part in it. */
function textsOf({ input }: LlmPlan): readonly string[] | undefined {
  const written = input.evaluate({});
  const ask = written.ok ? ModelAsk.safeParse(written.value) : undefined;
  if (ask?.success !== true) return undefined;
  const { system, prompt, messages } = ask.data;
  const said = messages === undefined ? [prompt ?? ''] : messages.map(({ text }) => text);
  return [...(system === undefined ? [] : [system]), ...said].map((value) =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
}

function likelyOf({ node, model }: Asked, mostInput: number): { readonly input: number; readonly output: number } {
  const { system, prompt, messages, outputSchema } = node.spec;
  const written = Buffer.byteLength(JSON.stringify({ system, prompt, messages, outputSchema }));
  const bytes = written + BYTES_A_VALUE * node.input.references.length;
  const mostOutput = mostOutputOf({ node, model });
  return {
    input: Math.min(Math.ceil(bytes / BYTES_A_TOKEN), mostInput),
    output: Math.min(Math.ceil(mostOutput / SHARE_OF_OUTPUT), LIKELY_OUTPUT_TOKENS),
  };
}
