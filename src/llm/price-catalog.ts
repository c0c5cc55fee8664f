import { calcPrice, type ModelPrice, type TieredPrices } from '@pydantic/genai-prices';
import { Rates, type Price } from '../usage/prices.ts';

type Kind = 'text' | 'embedding';

/** The catalog's names of what it quotes, in dollars for a million tokens. */
const QUOTED = {
  inputUsdMicros: 'input_mtok',
  outputUsdMicros: 'output_mtok',
  cachedInputUsdMicros: 'cache_read_mtok',
  cacheWriteUsdMicros: 'cache_write_mtok',
} as const satisfies Partial<Record<keyof Rates, string>>;

/**
 * What a model of a provider costs at an instant, by the catalog of the installed package; undefined when it quotes no price for
 * it. `provider` is the catalog's name, such as `openai` or `anthropic`.
 */
export function catalogPrice(
  { provider, model, kind = 'text' }: { readonly provider: string; readonly model: string; readonly kind?: Kind },
  at: Date,
): Price | undefined {
  const quoted = calcPrice({}, model, { providerId: provider, timestamp: at })?.model_price;
  if (quoted === undefined) return undefined;
  const rates = ratesFor(quoted, kind, 0);
  if (rates === undefined) return undefined;
  const bounds = new Set(Object.values(QUOTED).flatMap((name) => tiersOf(quoted[name]).map(({ start }) => start)));
  const above = [...bounds].flatMap((inputTokens) => {
    // The catalog's tiers hold for more than their start.
    const tier = ratesFor(quoted, kind, inputTokens + 1);
    return tier === undefined ? [] : [{ inputTokens, rates: tier }];
  });
  return { from: at.toISOString().slice(0, 10), rates, ...(above.length > 0 && { above }) };
}

function ratesFor(quoted: ModelPrice, kind: Kind, inputTokens: number): Rates | undefined {
  const rates = Object.entries(QUOTED).flatMap(([name, column]) => {
    const dollars = dollarsOf(quoted[column], inputTokens);
    return dollars === undefined ? [] : [[name, BigInt(Math.round(dollars * 1_000_000))]];
  });
  // Vectors are no tokens, so that the catalog quotes nothing for them.
  const unquoted = kind === 'embedding' ? { outputUsdMicros: 0n } : {};
  return Rates.safeParse({ ...unquoted, ...Object.fromEntries(rates) }).data;
}

const tiersOf = (quoted: ModelPrice[string]): TieredPrices['tiers'] => (typeof quoted === 'object' ? quoted.tiers : []);

function dollarsOf(quoted: ModelPrice[string], inputTokens: number): number | undefined {
  if (typeof quoted !== 'object') return quoted;
  const passed = quoted.tiers.filter(({ start }) => inputTokens > start);
  return passed.toSorted((a, b) => b.start - a.start)[0]?.price ?? quoted.base;
}
