import type { Estimate as Estimated } from '../../compiler/estimate.ts';
import type { Span } from '../../compiler/span.ts';
import { builder } from '../builder.ts';

const LIKELY = 'Null: nobody can say before it has run, as of a loop over a list that is not written out.';

/** A loop in a loop may be counted to more than JSON numbers hold. */
const toCount = (value: bigint | undefined): number | null =>
  value === undefined ? null : Math.min(Number(value), Number.MAX_SAFE_INTEGER);

const CountSpan = builder.objectRef<Span>('CountSpan').implement({
  description: 'Between what a number may turn out to be.',
  fields: (t) => ({
    least: t.field({ type: 'SafeInt', description: 'At least.', resolve: ({ least }) => toCount(least) ?? 0 }),
    likely: t.field({ type: 'SafeInt', nullable: true, description: LIKELY, resolve: ({ likely }) => toCount(likely) }),
    most: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'At most; 9007199254740991 stands for all that is more. Null: not known.',
      resolve: ({ most }) => toCount(most),
    }),
  }),
});

const CostSpan = builder.objectRef<Span>('CostSpan').implement({
  description: 'Between what something may cost, in whole micro-dollars.',
  fields: (t) => ({
    least: t.expose('least', { type: 'BigInt', description: 'At least.' }),
    likely: t.expose('likely', { type: 'BigInt', nullable: true, description: LIKELY }),
    most: t.expose('most', {
      type: 'BigInt',
      nullable: true,
      description: 'At most. Null: nobody says what one of its models costs.',
    }),
  }),
});

export const Estimate = builder.objectRef<Estimated>('Estimate').implement({
  description:
    'What an execution takes when it ends well, at the prices of today. The most counts every attempt and every try at a ' +
    'model and its fallbacks that failures may lead to, but no attempt whose process dies.',
  fields: (t) => ({
    calls: t.expose('calls', { type: CountSpan, description: 'Calls of models.' }),
    inputTokens: t.expose('inputTokens', {
      type: CountSpan,
      description: 'What models read. At most a token for each byte; likely one for four, and 250 for each value.',
    }),
    outputTokens: t.expose('outputTokens', {
      type: CountSpan,
      description: 'What models write. At most `maxOutputTokens`; likely a quarter of it, and no more than 500 a call.',
    }),
    costUsdMicros: t.expose('costUsdMicros', { type: CostSpan, description: 'What that costs.' }),
    wallMs: t.expose('wallMs', {
      type: CountSpan,
      description: 'Time of running in milliseconds, by timeouts along the longest chain of nodes.',
    }),
    roomUsdMicros: t.field({
      type: 'BigInt',
      description:
        'What its budget must have room for, in whole micro-dollars, or a call that has to be made is refused.',
      resolve: ({ room }) => room.usdMicros,
    }),
    unpricedModels: t.stringList({
      description: 'Models of which nobody says what they cost: they are not called. By name.',
      resolve: ({ unpriced }) => [...unpriced],
    }),
  }),
});
