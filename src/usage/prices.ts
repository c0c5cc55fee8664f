import { z } from 'zod';
import type { TokenUsage } from './tokens.ts';

/** A million tokens cost so many micro-dollars: $0.15 is 150,000. Catalogs and providers quote prices so. */
const PerMillion = z.bigint().min(0n).max(1_000_000_000_000n);

/** What a million tokens of each sort cost from one day on. */
export const Price = z.strictObject({
  /** The first day (UTC, ISO 8601) on which it holds. */
  from: z.iso.date(),
  inputUsdMicros: PerMillion,
  outputUsdMicros: PerMillion,
  /** Default: as all input. */
  cachedInputUsdMicros: PerMillion.optional(),
  /** Default: as all input. */
  cacheWriteUsdMicros: PerMillion.optional(),
  /** Default: as all output. */
  reasoningUsdMicros: PerMillion.optional(),
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
  const { inputUsdMicros: input, outputUsdMicros: output } = price;
  const { cachedInputUsdMicros = input, cacheWriteUsdMicros = input, reasoningUsdMicros = output } = price;
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  const millionths =
    BigInt(inputTokens - cachedInputTokens - cacheWriteTokens) * input +
    BigInt(cachedInputTokens) * cachedInputUsdMicros +
    BigInt(cacheWriteTokens) * cacheWriteUsdMicros +
    BigInt(outputTokens - reasoningTokens) * output +
    BigInt(reasoningTokens) * reasoningUsdMicros;
  return (millionths + MILLION - 1n) / MILLION;
}

/**
 * The most that a call with so many tokens of input and output may cost, whatever of them turns out to be of which sort: what
 * is reserved before the call is made.
 */
export function mostCostOf(tokens: { readonly input: number; readonly output: number }, price: Price): bigint {
  const { inputUsdMicros: input, outputUsdMicros: output } = price;
  const dearest = (...prices: readonly (bigint | undefined)[]): bigint =>
    prices.reduce<bigint>((most, each) => (each !== undefined && each > most ? each : most), 0n);
  const millionths =
    BigInt(tokens.input) * dearest(input, price.cachedInputUsdMicros, price.cacheWriteUsdMicros) +
    BigInt(tokens.output) * dearest(output, price.reasoningUsdMicros);
  return (millionths + MILLION - 1n) / MILLION;
}
