import fc from 'fast-check';
import { NO_TOKENS, type TokenUsage } from '../../src/usage/tokens.ts';
import { startModelServer, type Behaviour, type ModelServer } from './model-server.ts';

/** One request that a provider has taken, and what it bills for it. */
export interface Billed {
  /** The text of the question. */
  readonly question: string;
  /** Undefined: it refused, and bills nothing. */
  readonly usage: TokenUsage | undefined;
  /** True when its answer says so, to its end. */
  readonly isTold: boolean;
}

export interface BillingServer extends ModelServer {
  /** In the order in which they came. */
  readonly bill: readonly Billed[];
}

const tokens: fc.Arbitrary<TokenUsage> = fc
  .record({ input: fc.nat(2_000), cached: fc.nat(100), output: fc.nat(400), reasoning: fc.nat(100) })
  .map(({ input, cached, output, reasoning }) => ({
    inputTokens: input,
    cachedInputTokens: Math.floor((input * cached) / 100),
    cacheWriteTokens: 0,
    outputTokens: output,
    reasoningTokens: Math.floor((output * reasoning) / 100),
  }));

const PIECES = ['One', ' two', ' three', '.'];

/** How a request is answered, and what is billed for it. */
const arbitraryAnswer: fc.Arbitrary<{ readonly behaviour: Behaviour; readonly billed: Omit<Billed, 'question'> }> =
  fc.oneof(
    { weight: 12, arbitrary: tokens.map((usage) => told({ kind: 'says', said: { pieces: PIECES, usage } }, usage)) },
    {
      weight: 2,
      arbitrary: tokens.map((usage) => told({ kind: 'says', said: { pieces: PIECES, usage }, everyMs: 3 }, usage)),
    },
    { weight: 1, arbitrary: tokens.map((usage) => untold({ kind: 'says', said: { pieces: PIECES } }, usage)) },
    {
      weight: 1,
      arbitrary: tokens.map((usage) => untold({ kind: 'cut', said: { pieces: PIECES, usage }, after: 2 }, usage)),
    },
    { weight: 2, arbitrary: fc.constantFrom(429, 503).map((status) => refused(status)) },
  );

const told = (behaviour: Behaviour, usage: TokenUsage) => ({ behaviour, billed: { usage, isTold: true } });
const untold = (behaviour: Behaviour, usage: TokenUsage) => ({ behaviour, billed: { usage, isTold: false } });
const refused = (status: number) => ({
  behaviour: { kind: 'status', status, headers: { 'retry-after-ms': '1' } } as const,
  billed: { usage: undefined, isTold: false },
});

/** The same of a request for vectors. */
const arbitraryEmbedding: typeof arbitraryAnswer = fc.oneof(
  { weight: 12, arbitrary: fc.nat(2_000).map((n) => told({ kind: 'embeds', embedded: { tokens: n } }, embeds(n))) },
  {
    weight: 2,
    arbitrary: fc.nat(2_000).map((n) => told({ kind: 'embeds', embedded: { tokens: n }, afterMs: 9 }, embeds(n))),
  },
  { weight: 1, arbitrary: fc.nat(2_000).map((n) => untold({ kind: 'embeds', embedded: {} }, embeds(n))) },
  {
    weight: 1,
    arbitrary: fc.nat(2_000).map((n) => untold({ kind: 'embeds', embedded: { tokens: n }, cutAt: 20 }, embeds(n))),
  },
  { weight: 2, arbitrary: fc.constantFrom(429, 503).map((status) => refused(status)) },
);

const embeds = (inputTokens: number): TokenUsage => ({ ...NO_TOKENS, inputTokens });

/** A provider that answers as providers do on a bad day, and keeps the books. */
export async function startBillingServer(seed: number): Promise<BillingServer> {
  const answers = fc.sample(arbitraryAnswer, { seed, numRuns: 997 });
  const embeddings = fc.sample(arbitraryEmbedding, { seed, numRuns: 997 });
  const bill: Billed[] = [];
  const server = await startModelServer('openai-compatible', (index, { path, body }) => {
    const list = path.endsWith('/embeddings') ? embeddings : answers;
    const answer = list[index % list.length];
    const question = /"(?:content|input)":\[?"(.*?)"/.exec(JSON.stringify(body))?.[1];
    if (answer === undefined || question === undefined) throw new Error('It was asked nothing.');
    bill.push({ question, ...answer.billed });
    return answer.behaviour;
  });
  return {
    ...server,
    bill,
    get abandoned() {
      return server.abandoned;
    },
  };
}
