/**
 * Tokens of one or several model calls, as the provider counts them. Parts are counted in their wholes: what came from the
 * provider's cache and what was written to it in `inputTokens`, reasoning in `outputTokens`.
 */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export const NO_TOKENS: TokenUsage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

export const addTokens = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  reasoningTokens: a.reasoningTokens + b.reasoningTokens,
});

/** What no honest provider says of a call, as a sentence; undefined when the numbers can be charged. */
export function tokenFault(usage: TokenUsage): string | undefined {
  const broken = Object.entries(usage).find(([, count]: [string, unknown]) => !isCount(count));
  if (broken !== undefined) return `${broken[0]} is ${String(broken[1])}, which is no number of tokens`;
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  if (cachedInputTokens + cacheWriteTokens > inputTokens)
    return `${cachedInputTokens + cacheWriteTokens} tokens of the cache are more than the ${inputTokens} of the input`;
  if (reasoningTokens > outputTokens)
    return `${reasoningTokens} tokens of reasoning are more than the ${outputTokens} of the output`;
  return undefined;
}

/** Far more than any model reads or writes at once; at the highest price its cost is still a safe integer. */
const MOST_TOKENS = 100_000_000;

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS;
