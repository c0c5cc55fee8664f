import { createSlots, type Slots } from '../core/slots.ts';
import { err, type Result } from '../core/result.ts';
import type { LlmProvider, ModelAnswer, ModelFailure } from './provider.ts';

export interface ProviderBounds {
  /** Calls at once; further ones wait. */
  readonly concurrency: number;
  /** For one call, from the moment that it is sent. */
  readonly timeoutMs: number;
}

/** Calls to one provider within its bounds; who waits is served in order. */
export function createBoundedProvider(provider: LlmProvider, bounds: ProviderBounds): LlmProvider {
  const slots: Slots = createSlots(bounds.concurrency);
  return {
    name: provider.name,
    async call(request, { signal, onText }) {
      const release = await slots.acquire(signal).catch(() => undefined);
      if (release === undefined) return err(CANCELED);
      try {
        return await inTime(bounds.timeoutMs, signal, (either) => provider.call(request, { signal: either, onText }));
      } finally {
        release();
      }
    },
  };
}

/** Linked by hand: AbortSignal.any keeps a trace of every call with a signal that lives as long as the execution. */
async function inTime(
  timeoutMs: number,
  signal: AbortSignal,
  call: (either: AbortSignal) => Promise<Result<ModelAnswer, ModelFailure>>,
): Promise<Result<ModelAnswer, ModelFailure>> {
  const either = new AbortController();
  const onAbort = (): void => either.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const late = new Error(`no answer within ${timeoutMs} ms`);
  const timer = setTimeout(() => either.abort(late), timeoutMs);
  try {
    const result = await call(either.signal);
    if (result.ok || either.signal.reason !== late) return result;
    const message = `The model did not answer within ${timeoutMs} ms.`;
    return err({ ...result.error, reason: 'timedOut', message, retryable: true });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

const CANCELED: ModelFailure = {
  reason: 'canceled',
  message: 'The call was canceled before it was made.',
  retryable: false,
  mayBeBilled: false,
};
