import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, mostCostOf, Price, priceAt, type Rates } from '../../../src/usage/prices.ts';
import { addTokens, NO_TOKENS, tokenFault, type TokenUsage } from '../../../src/usage/tokens.ts';

const count = fc.nat(30_000_000);
const anyUsage: fc.Arbitrary<TokenUsage> = fc
  .record({ fresh: count, cachedInputTokens: count, cacheWriteTokens: count, said: count, reasoningTokens: count })
  .map(({ fresh, said, ...parts }) => ({
    ...parts,
    inputTokens: fresh + parts.cachedInputTokens + parts.cacheWriteTokens,
    outputTokens: said + parts.reasoningTokens,
  }));
const perMillion = fc.bigInt(0n, 1_000_000_000_000n);
const maybe = fc.option(perMillion, { nil: undefined });
const anyRates: fc.Arbitrary<Rates> = fc.record({
  inputUsdMicros: perMillion,
  outputUsdMicros: perMillion,
  cachedInputUsdMicros: maybe,
  cacheWriteUsdMicros: maybe,
  reasoningUsdMicros: maybe,
});
const flat = anyRates.map((rates): Price => ({ from: '2026-01-01', rates }));
const anyPrice: fc.Arbitrary<Price> = fc.record({
  from: fc.constant('2026-01-01'),
  rates: anyRates,
  above: fc.array(fc.record({ inputTokens: count, rates: anyRates }), { maxLength: 3 }),
});
const price = (from: string, inputUsdMicros = 1n): Price => ({ from, rates: { inputUsdMicros, outputUsdMicros: 4n } });

describe('the cost of a call', () => {
  it('is each token at the price of its sort, rounded upwards once', () => {
    // $0.15 and $0.60 a million, a cached token half: 700 x 0.15 + 300 x 0.075 + 20 x 0.6 = 139.5 micro-dollars.
    const usage = { ...NO_TOKENS, inputTokens: 1_000, cachedInputTokens: 300, outputTokens: 20, reasoningTokens: 5 };
    const quoted: Price = {
      from: '2026-01-01',
      rates: { inputUsdMicros: 150_000n, outputUsdMicros: 600_000n, cachedInputUsdMicros: 75_000n },
    };
    expect(costOf(usage, quoted)).toBe(140n);
    expect(costOf({ ...NO_TOKENS, inputTokens: 1 }, quoted)).toBe(1n);
    expect(costOf(NO_TOKENS, quoted)).toBe(0n);
  });

  it('has other rates above a number of tokens of input, for all of them', () => {
    const above = [
      { inputTokens: 200, rates: { inputUsdMicros: 3_000_000n, outputUsdMicros: 3_000_000n } },
      { inputTokens: 100, rates: { inputUsdMicros: 2_000_000n, outputUsdMicros: 2_000_000n } },
    ];
    const tiered: Price = {
      from: '2026-01-01',
      rates: { inputUsdMicros: 1_000_000n, outputUsdMicros: 1_000_000n },
      above,
    };
    const of = (inputTokens: number): bigint => costOf({ ...NO_TOKENS, inputTokens, outputTokens: 1 }, tiered);
    expect([of(100), of(101), of(200), of(201)]).toEqual([101n, 204n, 402n, 606n]);
  });

  test.prop([anyUsage, anyPrice])('is never more than what is reserved for its numbers', (usage, quoted) => {
    const most = mostCostOf({ input: usage.inputTokens, output: usage.outputTokens }, quoted);
    expect(costOf(usage, quoted) <= most).toBe(true);
  });

  test.prop([anyUsage, anyUsage, flat])('of two calls is that of both together, to a micro-dollar', (a, b, quoted) => {
    const apart = costOf(a, quoted) + costOf(b, quoted);
    const together = costOf(addTokens(a, b), quoted);
    expect(apart - together === 0n || apart - together === 1n).toBe(true);
  });
});

describe('a price', () => {
  it('holds from its day on, in UTC, until the next one', () => {
    const prices = [price('2026-03-01', 2n), price('2026-01-01', 1n)];
    const at = (text: string): bigint | undefined => priceAt(prices, new Date(text))?.rates.inputUsdMicros;
    expect(at('2025-12-31T23:59:59.999Z')).toBeUndefined();
    expect(at('2026-01-01T00:00:00Z')).toBe(1n);
    expect(at('2026-02-28T23:59:59.999Z')).toBe(1n);
    expect(at('2026-02-28T23:00:00-02:00')).toBe(2n);
  });

  it('is no negative number and no other day', () => {
    expect(Price.safeParse(price('2026-01-01', -1n)).success).toBe(false);
    expect(Price.safeParse(price('tomorrow')).success).toBe(false);
  });
});

describe('what a provider says of its tokens', () => {
  test.prop([anyUsage])('is taken as it is', (usage) => {
    expect(tokenFault(usage)).toBeUndefined();
  });

  it.each([
    [{ inputTokens: -1 }, /inputTokens is -1/],
    [{ outputTokens: 0.5 }, /outputTokens is 0.5/],
    [{ reasoningTokens: Number.NaN }, /reasoningTokens is NaN/],
    [{ inputTokens: 5, cachedInputTokens: 3, cacheWriteTokens: 3 }, /6 tokens of the cache are more than the 5/],
    [{ outputTokens: 5, reasoningTokens: 6 }, /6 tokens of reasoning are more than the 5/],
  ])('is refused as %j', (wrong, says) => {
    expect(tokenFault({ ...NO_TOKENS, ...wrong })).toMatch(says);
  });
});
