import { z } from 'zod';
import type { TokenUsage } from './tokens.ts';

/** A million tokens cost so many micro-dollars: $0.15 is 150,000. Catalogs and providers quote prices so. */
const PerMillion = z.bigint().min(0n).max(1_000_000_000_000n);

/** What a million tokens of each sort cost. */
export const Rates = z.strictObject({
  inputUsdMicros: PerMillion,
  outputUsdMicros: PerMillion,
  /** Default: as all input. */
  cachedInputUsdMicros: PerMillion.optional(),
  /** Default: as all input. */
  cacheWriteUsdMicros: PerMillion.optional(),
  /** Default: as all output. */
  reasoningUsdMicros: PerMillion.optional(),
});
export type Rates = z.infer<typeof Rates>;

/** What a model costs from one day on. */
export const Price = z.strictObject({
  /** The first day (UTC, ISO 8601) on which it holds. */
  from: z.iso.date(),
  rates: Rates,
  /** Other rates for all tokens of a call with more input than that; the highest bound that is passed holds. */
  above: z
    .array(z.strictObject({ inputTokens: z.int().min(0), rates: Rates }))
    .max(16)
    .optional(),
});
export type Price = z.infer<typeof Price>;

const MILLION = 1_000_000n;

/** The price that holds on the day of an instant; undefined before the first one. */
export function priceAt(prices: readonly Price[], at: Date): Price | undefined {
  const day = at.toISOString().slice(0, 10);
  return prices.filter(({ from }) => from <= day).reduce<Price | undefined>(later, undefined);
}

const later = (known: Price | undefined, price: Price): Price =>
  known === undefined || price.from > known.from ? price : known;

/**
 * What a use costs, in whole micro-dollars: each token at the price of its sort, rounded upwards once (decision 6).
 * `usage` is one that `tokenFault` has nothing against.
 */
export function costOf(usage: TokenUsage, price: Price): bigint {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  const { inputUsdMicros: input, outputUsdMicros: output, ...own } = ratesOf(price, inputTokens);
  const { cachedInputUsdMicros = input, cacheWriteUsdMicros = input, reasoningUsdMicros = output } = own;
  return roundUp(
    BigInt(inputTokens - cachedInputTokens - cacheWriteTokens) * input +
      BigInt(cachedInputTokens) * cachedInputUsdMicros +
      BigInt(cacheWriteTokens) * cacheWriteUsdMicros +
      BigInt(outputTokens - reasoningTokens) * output +
      BigInt(reasoningTokens) * reasoningUsdMicros,
  );
}

function ratesOf({ rates, above = [] }: Price, inputTokens: number): Rates {
  const passed = above.filter((tier) => inputTokens > tier.inputTokens);
  return passed.toSorted((a, b) => b.inputTokens - a.inputTokens)[0]?.rates ?? rates;
}

/**
 * The most that a call may cost with no more than so many tokens of input and output, whatever of them turns out to be of which
 * sort: what is reserved before it is made.
 */
export function mostCostOf(most: { readonly input: number; readonly output: number }, price: Price): bigint {
  const tiers = (price.above ?? []).filter(({ inputTokens }) => most.input > inputTokens).map(({ rates }) => rates);
  const costs = [price.rates, ...tiers].map(({ inputUsdMicros, outputUsdMicros, ...own }) =>
    roundUp(
      BigInt(most.input) * dearest(inputUsdMicros, own.cachedInputUsdMicros, own.cacheWriteUsdMicros) +
        BigInt(most.output) * dearest(outputUsdMicros, own.reasoningUsdMicros),
    ),
  );
  return dearest(...costs);
}

const dearest = (...amounts: readonly (bigint | undefined)[]): bigint =>
  amounts.reduce<bigint>((most, each) => (each !== undefined && each > most ? each : most), 0n);

const roundUp = (millionths: bigint): bigint => (millionths + MILLION - 1n) / MILLION;
