import { abortable } from '../core/abortable.ts';
import { LOCAL_EMBEDDING_DIMENSIONS, LOCAL_EMBEDDING_MODEL } from '../core/local-embedding.ts';
import { err, ok, type Result } from '../core/result.ts';
import { createSlots } from '../core/slots.ts';
import { MINUTE_MS } from '../core/units.ts';
import {
  DEFAULT_EMBEDDING_LIMITS,
  textsFault,
  type EmbeddingAnswer,
  type EmbeddingLimits,
  type EmbeddingProvider,
} from './embedding.ts';
import type { EmbeddedTexts } from './embedding-thread-messages.ts';
import type { ModelFailure } from './provider.ts';
import { startEmbeddingThread, type EmbeddingThread } from './start-embedding-thread.ts';

export interface LocalEmbeddingSettings {
  /** Absolute path of the bundle of embedding-thread.ts. */
  readonly threadFile: string;
  /** Default: 64 texts in one call, 8,192 characters in one text. */
  readonly limits?: Partial<EmbeddingLimits> | undefined;
  /** Calls that wait for their turn; default: 64. A further one is refused. */
  readonly maxWaiting?: number | undefined;
  /** For 16 texts, the first of them with loading the model; default: a minute. */
  readonly timeoutMs?: number | undefined;
}

export interface LocalEmbeddingProvider extends EmbeddingProvider {
  /** Ends the thread; calls in hand fail. */
  close(): Promise<void>;
}

/** Together they take a fifth of the time that each alone takes (measured: 8 ms a sentence, alone 43), and not too long to give up. */
const TEXTS_AT_ONCE = 16;

/** The model of the installation, which reads the first 128 tokens of a text, in a thread that the first call starts; calls take turns. */
export function createLocalEmbeddingProvider(settings: LocalEmbeddingSettings): LocalEmbeddingProvider {
  const { threadFile, maxWaiting = 64, timeoutMs = MINUTE_MS } = settings;
  const limits = { ...DEFAULT_EMBEDDING_LIMITS, ...settings.limits };
  const turns = createSlots(1);
  let thread: EmbeddingThread | undefined;
  let isClosed = false;

  async function ask(texts: readonly string[], signal: AbortSignal): Promise<Result<EmbeddedTexts, ModelFailure>> {
    if (isClosed) return err(CLOSED);
    if (signal.aborted) return err(CANCELED);
    if (thread === undefined || thread.isGone) thread = startEmbeddingThread({ threadFile, timeoutMs });
    return await thread.ask(texts);
  }

  async function embedAll(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<EmbeddingAnswer, ModelFailure>> {
    const vectors: Float32Array[] = [];
    let inputTokens = 0;
    while (vectors.length < texts.length) {
      const some = texts.slice(vectors.length, vectors.length + TEXTS_AT_ONCE);
      const answer = await ask(some, signal);
      if (!answer.ok) return answer;
      const { numbers, tokens } = answer.value;
      const at = (index: number): number => index * LOCAL_EMBEDDING_DIMENSIONS;
      vectors.push(...some.map((_, index) => numbers.slice(at(index), at(index + 1))));
      inputTokens += tokens;
    }
    return ok({ vectors, inputTokens });
  }

  return {
    name: 'local',
    async embed({ model, texts }, signal) {
      const fault = modelFault(model) ?? textsFault(texts, limits);
      if (fault !== undefined) return err(fault);
      if (turns.waiting >= maxWaiting) return err(tooMany(maxWaiting));
      const release = await turns.acquire(signal).catch(() => undefined);
      if (release === undefined) return err(CANCELED);
      // Who gives up goes at once; the turn ends with what the thread has in hand.
      return await abortable(embedAll(texts, signal).finally(release), signal).catch(() => err(CANCELED));
    },
    async close() {
      isClosed = true;
      await thread?.end(CLOSED);
    },
  };
}

const failure = (reason: ModelFailure['reason'], message: string): ModelFailure => ({
  reason,
  message,
  retryable: false,
  mayBeBilled: false,
});

const CANCELED = failure('canceled', 'The call was canceled.');
const CLOSED = failure('unavailable', 'The local model of embeddings is closed, as the program ends.');

const modelFault = (model: string): ModelFailure | undefined =>
  model === LOCAL_EMBEDDING_MODEL
    ? undefined
    : failure('refused', `There is no local model "${model}": the only one is "${LOCAL_EMBEDDING_MODEL}".`);

const tooMany = (maxWaiting: number): ModelFailure => ({
  ...failure('rateLimited', `${maxWaiting} calls wait for the local model of embeddings already: ask again later.`),
  retryable: true,
});
