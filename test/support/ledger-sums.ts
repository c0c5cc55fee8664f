import type { LedgerEntry, UsageGrouping, UsageTotals } from '../../src/usage/ledger.ts';

type Sums = Omit<UsageTotals, 'startsAt' | 'blueprintId' | 'model' | 'kind'>;

const HOUR_MS = 3_600_000;
const GROUP_OF = {
  day: ({ at }: LedgerEntry) => ({ startsAt: at - (at % (24 * HOUR_MS)) }),
  hour: ({ at }: LedgerEntry) => ({ startsAt: at - (at % HOUR_MS) }),
  blueprint: ({ blueprintId }: LedgerEntry) => ({ blueprintId }),
  model: ({ model }: LedgerEntry) => ({ model }),
  kind: ({ kind }: LedgerEntry) => ({ kind }),
};

/** The sums as one adds up rows by hand. */
export function sumsOf(rows: readonly LedgerEntry[], grouping: UsageGrouping): readonly UsageTotals[] {
  const groups = new Map<string, LedgerEntry[]>();
  for (const row of rows) {
    const group = JSON.stringify(GROUP_OF[grouping](row));
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return [...groups].map(([group, members]) => ({ ...JSON.parse(group), ...sumOf(members) }));
}

/** Of some rows, added up one by one. */
export const sumOf = (rows: readonly LedgerEntry[]): Sums => ({
  costUsdMicros: rows.reduce((sum, { costUsdMicros }) => sum + costUsdMicros, 0n),
  calls: rows.length,
  estimatedCalls: rows.filter(({ usageSource }) => usageSource === 'estimated').length,
  inputTokens: rows.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
  cachedInputTokens: rows.reduce((sum, { cachedInputTokens }) => sum + cachedInputTokens, 0),
  cacheWriteTokens: rows.reduce((sum, { cacheWriteTokens }) => sum + cacheWriteTokens, 0),
  outputTokens: rows.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
  reasoningTokens: rows.reduce((sum, { reasoningTokens }) => sum + reasoningTokens, 0),
});

const nameOf = ({ startsAt, blueprintId, model, kind }: UsageTotals): string =>
  String(startsAt ?? blueprintId ?? model ?? kind);
/** So that the order does not matter. */
export const byGroup = (totals: readonly UsageTotals[]): ReadonlyMap<string, UsageTotals> =>
  new Map(totals.map((one) => [nameOf(one), one]));
