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

/** Calls to one provider within its bounds; who waits is served in order. */
export function createBoundedProvider(provider: LlmProvider, bounds: ProviderBounds): LlmProvider {
  const within = createBounds(bounds);
  return {
    name: provider.name,
    call: (request, { signal, onText }) =>
      within(signal, (either) => provider.call(request, { signal: either, onText })),
  };
}

/** The same for a provider of embeddings. */
export function createBoundedEmbeddingProvider(provider: EmbeddingProvider, bounds: ProviderBounds): EmbeddingProvider {
  const within = createBounds(bounds);
  return {
    name: provider.name,
    embed: (request, signal) => within(signal, (either) => provider.embed(request, either)),
  };
}

type Call<T> = (either: AbortSignal) => Promise<Result<T, ModelFailure>>;

function createBounds({ concurrency, timeoutMs }: ProviderBounds) {
  const slots = createSlots(concurrency);
  return async <T>(signal: AbortSignal, call: Call<T>): Promise<Result<T, ModelFailure>> => {
    const release = await slots.acquire(signal).catch(() => undefined);
    if (release === undefined) return err(CANCELED);
    try {
      return await inTime(timeoutMs, signal, call);
    } finally {
      release();
    }
  };
}

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
