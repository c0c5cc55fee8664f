import type { Clock } from '../core/clock.ts';
import { withDeadline } from '../core/deadline.ts';
import { createSlots } from '../core/slots.ts';
import { err, type Result } from '../core/result.ts';
import { mostTokensOf } from '../usage/token-bound.ts';
import type { EmbeddingProvider, EmbeddingRequest } from './embedding.ts';
import { mostInputOf } from './most-tokens.ts';
import { createPace, type PaceBounds, type Taken } from './pace.ts';
import type { LlmProvider, ModelAnswer, ModelFailure, ModelRequest } from './provider.ts';

export interface ProviderBounds extends PaceBounds {
  /** Calls at once; further ones wait. */
  readonly concurrency: number;
  /** For one call, from the moment that it is sent. */
  readonly timeoutMs: number;
  /** Shared with whoever else calls the same provider. Absent: its own. */
  readonly turns?: Turns | undefined;
}

/** A provider that is called so many times at once, and in a minute; who waits is served in order. */
export interface BoundedProvider extends LlmProvider {
  /**
   * Waits for the turn of a request, then does work with a provider that waits no more: what has to be done right before
   * the one call belongs there. Undefined: the signal fired first.
   */
  inTurn<T>(
    request: ModelRequest,
    signal: AbortSignal,
    work: (provider: LlmProvider) => Promise<T>,
  ): Promise<T | undefined>;
}

type PaceClock = Pick<Clock, 'monotonicMs' | 'delay'>;

/** Calls to one provider within its bounds. */
export function createBoundedProvider(
  provider: LlmProvider,
  bounds: ProviderBounds,
  clock: PaceClock,
): BoundedProvider {
  const { turns = createTurns(bounds, clock) } = bounds;
  const inTurn: BoundedProvider['inTurn'] = (request, signal, work) =>
    turns(mostOf(request), signal, (called) =>
      work({
        name: provider.name,
        async call(asked, options) {
          const call: Call<ModelAnswer> = (either) => provider.call(asked, { ...options, signal: either });
          const result = await inTime(bounds.timeoutMs, options.signal, call);
          called(tokensOf(result));
          return result;
        },
      }),
    );
  return {
    name: provider.name,
    inTurn,
    call: async (request, options) =>
      (await inTurn(request, options.signal, (turned) => turned.call(request, options))) ?? err(CANCELED),
  };
}

const mostOf = (request: ModelRequest) => (): number => mostInputOf(request) + request.parameters.maxOutputTokens;

/** Undefined: it may have come to all that it might. */
function tokensOf(result: Result<ModelAnswer, ModelFailure>): number | undefined {
  const usage = result.ok ? result.value.usage : result.error.usage;
  if (usage !== undefined) return usage.inputTokens + usage.outputTokens;
  return result.ok || result.error.mayBeBilled ? undefined : 0;
}

/** The same for a provider of embeddings. */
export interface BoundedEmbeddingProvider extends EmbeddingProvider {
  inTurn<T>(
    request: EmbeddingRequest,
    signal: AbortSignal,
    work: (provider: EmbeddingProvider) => Promise<T>,
  ): Promise<T | undefined>;
}

/** Calls to one provider of embeddings within its bounds. */
export function createBoundedEmbeddingProvider(
  provider: EmbeddingProvider,
  bounds: ProviderBounds,
  clock: PaceClock,
): BoundedEmbeddingProvider {
  const { turns = createTurns(bounds, clock) } = bounds;
  const inTurn: BoundedEmbeddingProvider['inTurn'] = ({ texts }, signal, work) =>
    turns(
      () => mostTokensOf(texts),
      signal,
      (called) =>
        work({
          name: provider.name,
          async embed(asked, heard) {
            const result = await inTime(bounds.timeoutMs, heard, (either) => provider.embed(asked, either));
            called(result.ok ? result.value.inputTokens : result.error.mayBeBilled ? undefined : 0);
            return result;
          },
        }),
    );
  return {
    name: provider.name,
    inTurn,
    embed: async (request, signal) =>
      (await inTurn(request, signal, (turned) => turned.embed(request, signal))) ?? err(CANCELED),
  };
}

/** Told that the call was made, and what it came to, as far as anybody knows. */
type Called = (tokens: number | undefined) => void;

/** Lets work begin within the bounds; undefined: the signal fired first. */
export type Turns = <T>(
  mostTokens: () => number,
  signal: AbortSignal,
  work: (called: Called) => Promise<T>,
) => Promise<T | undefined>;

export function createTurns(bounds: Omit<ProviderBounds, 'timeoutMs' | 'turns'>, clock: PaceClock): Turns {
  const slots = createSlots(bounds.concurrency);
  const pace = createPace(bounds, clock);
  return async <T>(
    mostTokens: () => number,
    signal: AbortSignal,
    work: (called: Called) => Promise<T>,
  ): Promise<T | undefined> => {
    const release = await slots.acquire(signal).catch(() => undefined);
    if (release === undefined) return undefined;
    try {
      // Behind the slot, so that what waits here begins in the same order, and at once when it may.
      const taken = await pace.take(mostTokens, signal).catch(() => undefined);
      return taken && (await counted(taken, work));
    } finally {
      release();
    }
  };
}

/** A turn in which no call was made leaves its place to others. */
async function counted<T>(taken: Taken, work: (called: Called) => Promise<T>): Promise<T> {
  const made = { release: taken.release };
  const called: Called = (tokens) => {
    made.release = () => undefined;
    if (tokens !== undefined) taken.settle(tokens);
  };
  return work(called).finally(() => made.release());
}

type Call<T> = (either: AbortSignal) => Promise<Result<T, ModelFailure>>;

const inTime = <T>(timeoutMs: number, signal: AbortSignal, call: Call<T>): Promise<Result<T, ModelFailure>> =>
  withDeadline(timeoutMs, signal, async (either, isLate) => {
    const result = await call(either);
    if (result.ok || !isLate()) return result;
    const message = `The model did not answer within ${timeoutMs} ms.`;
    return err({ ...result.error, reason: 'timedOut', message, retryable: true });
  });

const CANCELED: ModelFailure = {
  reason: 'canceled',
  message: 'The call was canceled before it was made.',
  retryable: false,
  mayBeBilled: false,
};
