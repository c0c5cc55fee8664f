import { Worker } from 'node:worker_threads';
import { err, ok, type Result } from '../core/result.ts';
import type { EmbeddedTexts, FromEmbeddingThread, ToEmbeddingThread } from './embedding-thread-messages.ts';
import type { ModelFailure } from './provider.ts';

/** The local model in a thread of this process. */
export interface EmbeddingThread {
  /** It has ended, and answers no more. */
  readonly isGone: boolean;
  /** One at a time. */
  ask(texts: readonly string[]): Promise<Result<EmbeddedTexts, ModelFailure>>;
  /** Ends it at once; who waits for an answer is told why. */
  end(why: ModelFailure): Promise<void>;
}

export interface EmbeddingThreadSettings {
  /** Absolute path of the bundle of embedding-thread.ts. */
  readonly threadFile: string;
  /** For one answer; the first one waits for the model to load. A thread that takes longer is ended. */
  readonly timeoutMs: number;
}

/** The heap of its scripts; the model's 30 MB lie outside. Without a bound, a thread out of memory ends the process. */
const HEAP_MIB = 512;

/** Starts a thread; what it is asked waits until the model is loaded. */
export function startEmbeddingThread({ threadFile, timeoutMs }: EmbeddingThreadSettings): EmbeddingThread {
  // Options of the parent (a loader, an inspector) are not for this thread, nor are its secrets.
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MIB };
  const worker = new Worker(threadFile, { execArgv: [], env: {}, name: 'iceos-embedding', resourceLimits });
  let gone: ModelFailure | undefined;
  let answer: ((result: Result<EmbeddedTexts, ModelFailure>) => void) | undefined;

  function settle(result: Result<EmbeddedTexts, ModelFailure>): void {
    answer?.(result);
    answer = undefined;
  }
  function onGone(why: ModelFailure): void {
    gone ??= why;
    settle(err(gone));
  }
  async function end(why: ModelFailure): Promise<void> {
    onGone(why);
    await worker.terminate();
  }

  worker.on('message', (message: FromEmbeddingThread) => {
    if (message.type === 'answer') settle(ok(message));
    else settle(err(failed(message.message, false)));
  });
  worker.on('error', (error) => onGone(failed(error.message, true)));
  worker.on('exit', (code) => onGone(failed(`its thread ended with code ${code}`, true)));

  return {
    get isGone() {
      return gone !== undefined;
    },
    end,
    async ask(texts) {
      if (gone !== undefined) return err(gone);
      const timer = setTimeout(() => void end(late(timeoutMs)), timeoutMs);
      try {
        return await new Promise((resolve) => {
          answer = resolve;
          const message: ToEmbeddingThread = { texts };
          worker.postMessage(message);
        });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

const failed = (what: string, retryable: boolean): ModelFailure => ({
  reason: 'unavailable',
  message: `The local model of embeddings failed: ${what}`,
  retryable,
  mayBeBilled: false,
});

const late = (timeoutMs: number): ModelFailure => ({
  reason: 'timedOut',
  message: `The local model of embeddings did not answer within ${timeoutMs} ms; its thread was ended.`,
  retryable: true,
  mayBeBilled: false,
});
