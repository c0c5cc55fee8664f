import type { Price as PriceOf, Rates } from '../../usage/prices.ts';
import type { TokenUsage } from '../../usage/tokens.ts';
import { builder } from '../builder.ts';

export const CallKind = builder.enumType('CallKind', {
  description: 'What was used: a model, and what it was asked for, or memory. More may come in minor releases.',
  values: {
    LLM: { value: 'llm', description: 'Text, or calls of tools.' },
    EMBEDDING: { value: 'embedding', description: 'Vectors.' },
    MEMORY: {
      value: 'memory',
      description:
        'No call of a model: a read or a write of what agents remember, free by itself. Its input is what was written, its output what was found.',
    },
  } as const,
});

export const CallUsageSource = builder.enumType('CallUsageSource', {
  description: 'Where the tokens and the cost of a call come from.',
  values: {
    RECEIVED: { value: 'received', description: 'The provider said how many tokens it counted.' },
    ESTIMATED: {
      value: 'estimated',
      description: 'Nobody received what the provider counted: the call is charged the most that was reserved for it.',
    },
  } as const,
});

export const UsageGrouping = builder.enumType('UsageGrouping', {
  description: 'By what sums are made. More may come in minor releases.',
  values: {
    DAY: { value: 'day', description: 'Days of UTC, by when calls were settled; days without a call are left out.' },
    HOUR: { value: 'hour', description: 'Hours of UTC in the same way.' },
    BLUEPRINT: { value: 'blueprint', description: 'The blueprint whose execution made the call.' },
    MODEL: { value: 'model', description: 'The name of the model, or of the memory.' },
    KIND: { value: 'kind', description: 'What was used: a model, and what it was asked for, or memory.' },
  } as const,
});

export const TokenCounts = builder.interfaceRef<TokenUsage>('TokenCounts').implement({
  description: 'Tokens of one or of many calls, as the provider counts them. Parts are counted in their wholes.',
  fields: (t) => ({
    inputTokens: t.expose('inputTokens', { type: 'SafeInt', description: 'All that the model read.' }),
    cachedInputTokens: t.expose('cachedInputTokens', {
      type: 'SafeInt',
      description: 'Of the input: what came from the cache of the provider.',
    }),
    cacheWriteTokens: t.expose('cacheWriteTokens', {
      type: 'SafeInt',
      description: 'Of the input: what was written to the cache of the provider.',
    }),
    outputTokens: t.expose('outputTokens', { type: 'SafeInt', description: 'All that the model wrote.' }),
    reasoningTokens: t.expose('reasoningTokens', {
      type: 'SafeInt',
      description: 'Of the output: what was reasoning.',
    }),
  }),
});

const TokenRates = builder.objectRef<Rates>('TokenRates').implement({
  description: 'What a million tokens of each sort cost, in micro-dollars: $0.15 is 150000.',
  fields: (t) => ({
    inputUsdMicros: t.expose('inputUsdMicros', { type: 'BigInt', description: 'Of the input.' }),
    outputUsdMicros: t.expose('outputUsdMicros', { type: 'BigInt', description: 'Of the output.' }),
    cachedInputUsdMicros: t.expose('cachedInputUsdMicros', {
      type: 'BigInt',
      nullable: true,
      description: 'Of what came from the cache. Null: as all input.',
    }),
    cacheWriteUsdMicros: t.expose('cacheWriteUsdMicros', {
      type: 'BigInt',
      nullable: true,
      description: 'Of what was written to the cache. Null: as all input.',
    }),
    reasoningUsdMicros: t.expose('reasoningUsdMicros', {
      type: 'BigInt',
      nullable: true,
      description: 'Of reasoning. Null: as all output.',
    }),
  }),
});

const PriceTier = builder.objectRef<NonNullable<PriceOf['above']>[number]>('PriceTier').implement({
  description: 'Other rates for all tokens of a call with more input.',
  fields: (t) => ({
    inputTokens: t.expose('inputTokens', { type: 'SafeInt', description: 'They hold from one token more on.' }),
    rates: t.expose('rates', { type: TokenRates, description: 'What a million tokens cost then.' }),
  }),
});

export const ModelPrice = builder.objectRef<PriceOf>('ModelPrice').implement({
  description: 'What a model cost from one day on.',
  fields: (t) => ({
    from: t.exposeString('from', { description: 'The first day on which it held, such as `2026-01-31` (UTC).' }),
    rates: t.expose('rates', { type: TokenRates, description: 'What a million tokens cost.' }),
    above: t.field({
      type: [PriceTier],
      description: 'At most 16. Of those that a call passes, the one with the most input holds.',
      resolve: ({ above = [] }) => [...above],
    }),
  }),
});
