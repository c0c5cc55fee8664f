import { test } from '@fast-check/vitest';
import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogPrice } from '../../../src/llm/price-catalog.ts';
import { costOf } from '../../../src/usage/prices.ts';

const AT = new Date('2026-06-01T00:00:00Z');
const MODELS = [
  { provider: 'openai', model: 'gpt-5-mini' },
  { provider: 'openai', model: 'gpt-4o' },
  { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  { provider: 'anthropic', model: 'claude-3-5-haiku-latest' },
  { provider: 'google', model: 'gemini-2.5-pro' },
];

describe('the catalog of prices', () => {
  test.prop([fc.constantFrom(...MODELS), fc.nat(400_000), fc.nat(100_000), fc.nat(100_000), fc.nat(100_000)])(
    'costs what the catalog itself says, rounded up',
    (of, fresh, cached, written, outputTokens) => {
      const price = catalogPrice(of, AT);
      if (price === undefined) throw new Error(`${of.model} has no price.`);
      // Where nothing is quoted for the cache, the catalog has no price for a token of it, and here it is one of the input.
      const cachedInputTokens = price.rates.cachedInputUsdMicros === undefined ? 0 : cached;
      const cacheWriteTokens = price.rates.cacheWriteUsdMicros === undefined ? 0 : written;
      const inputTokens = fresh + cachedInputTokens + cacheWriteTokens;
      const cost = costOf(
        { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens: 0 },
        price,
      );
      const usage = {
        input_tokens: inputTokens,
        cache_read_tokens: cachedInputTokens,
        cache_write_tokens: cacheWriteTokens,
        output_tokens: outputTokens,
      };
      const theirs =
        (calcPrice(usage, of.model, { providerId: of.provider, timestamp: AT })?.total_price ?? 0) * 1_000_000;
      // Theirs is a sum of floating-point numbers.
      expect(Number(cost)).toBeGreaterThanOrEqual(theirs - 0.001);
      expect(Number(cost)).toBeLessThan(theirs + 1.001);
    },
  );

  it('knows the same models by day', () => {
    expect(catalogPrice({ provider: 'openai', model: 'gpt-5-mini' }, AT)).toEqual({
      from: '2026-06-01',
      rates: { inputUsdMicros: 250_000n, outputUsdMicros: 2_000_000n, cachedInputUsdMicros: 25_000n },
    });
  });

  it('has no price for a model that it does not know', () => {
    expect(catalogPrice({ provider: 'openai', model: 'nobody' }, AT)).toBeUndefined();
    expect(catalogPrice({ provider: 'nobody', model: 'nobody' }, AT)).toBeUndefined();
  });

  it('asks nothing for the output of a model that makes vectors, and knows no price without one for a model of text', () => {
    const of = { provider: 'openai', model: 'text-embedding-3-small' };
    const rates = { inputUsdMicros: 20_000n, outputUsdMicros: 0n };
    expect(catalogPrice({ ...of, kind: 'embedding' }, AT)).toEqual({ from: '2026-06-01', rates });
    expect(catalogPrice(of, AT)).toBeUndefined();
  });
});
