import { withDeadline } from '../core/deadline.ts';
import { createSlots } from '../core/slots.ts';
import { err, type Result } from '../core/result.ts';
import type { EmbeddingProvider } from './embedding.ts';
import type { LlmProvider, ModelFailure } from './provider.ts';

export interface ProviderBounds {
  /** Calls at once; further ones wait. */
  readonly concurrency: number;
  /** For one call, from the moment that it is sent. */
  readonly timeoutMs: number;
}

/** A provider that is called so many times at once; who waits is served in order. */
export interface BoundedProvider extends LlmProvider {
  /**
   * Waits for its turn, then does work with a provider that waits no more: what has to be done right before a call belongs
   * there. Undefined: the signal fired first.
   */
  inTurn<T>(signal: AbortSignal, work: (provider: LlmProvider) => Promise<T>): Promise<T | undefined>;
}

/** Calls to one provider within its bounds. */
export function createBoundedProvider(provider: LlmProvider, bounds: ProviderBounds): BoundedProvider {
  const turns = createTurns(bounds.concurrency);
  const timed: LlmProvider = {
    name: provider.name,
    call: (request, { signal, onText }) =>
      inTime(bounds.timeoutMs, signal, (either) => provider.call(request, { signal: either, onText })),
  };
  return {
    name: provider.name,
    inTurn: (signal, work) => turns(signal, () => work(timed)),
    call: async (request, options) =>
      (await turns(options.signal, () => timed.call(request, options))) ?? err(CANCELED),
  };
}

/** The same for a provider of embeddings. */
export interface BoundedEmbeddingProvider extends EmbeddingProvider {
  inTurn<T>(signal: AbortSignal, work: (provider: EmbeddingProvider) => Promise<T>): Promise<T | undefined>;
}

/** Calls to one provider of embeddings within its bounds. */
export function createBoundedEmbeddingProvider(
  provider: EmbeddingProvider,
  bounds: ProviderBounds,
): BoundedEmbeddingProvider {
  const turns = createTurns(bounds.concurrency);
  const timed: EmbeddingProvider = {
    name: provider.name,
    embed: (request, signal) => inTime(bounds.timeoutMs, signal, (either) => provider.embed(request, either)),
  };
  return {
    name: provider.name,
    inTurn: (signal, work) => turns(signal, () => work(timed)),
    embed: async (request, signal) => (await turns(signal, () => timed.embed(request, signal))) ?? err(CANCELED),
  };
}

function createTurns(concurrency: number) {
  const slots = createSlots(concurrency);
  return async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> => {
    const release = await slots.acquire(signal).catch(() => undefined);
    if (release === undefined) return undefined;
    try {
      return await work();
    } finally {
      release();
    }
  };
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
