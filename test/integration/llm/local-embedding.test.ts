import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_EMBEDDING_DIMENSIONS, LOCAL_EMBEDDING_MODEL } from '../../../src/core/local-embedding.ts';
import { findInstallation } from '../../../src/app/installation.ts';
import {
  createLocalEmbeddingProvider,
  type LocalEmbeddingProvider,
  type LocalEmbeddingSettings,
} from '../../../src/llm/local-embedding-provider.ts';

const THREAD = findInstallation().embeddingThread;
const NEVER = new AbortController().signal;
const MS = 1_000_000;

const opened: LocalEmbeddingProvider[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((provider) => provider.close()));
});

function open(settings: Partial<LocalEmbeddingSettings> = {}): LocalEmbeddingProvider {
  const provider = createLocalEmbeddingProvider({ threadFile: THREAD, ...settings });
  opened.push(provider);
  return provider;
}

async function vectorsOf(provider: LocalEmbeddingProvider, texts: readonly string[]): Promise<readonly Float32Array[]> {
  const result = await provider.embed({ model: LOCAL_EMBEDDING_MODEL, texts }, NEVER);
  if (!result.ok) throw new Error(result.error.message);
  return result.value.vectors;
}

const ask = (provider: LocalEmbeddingProvider, texts: readonly string[], signal = new AbortController().signal) =>
  provider.embed({ model: LOCAL_EMBEDDING_MODEL, texts }, signal);

const dot = (a: Float32Array = new Float32Array(), b: Float32Array = new Float32Array()): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

const sentences = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `Order ${index} was sent to Rome on day ${index % 31}, in the rain.`);

/** How little urgent the threads of this process are; the 19th field of what Linux says of each, of which the second is a name. */
async function nicenessOfThreads(): Promise<readonly number[]> {
  const stats = await Promise.all(
    (await readdir('/proc/self/task')).map((thread) => readFile(`/proc/self/task/${thread}/stat`, 'utf8')),
  );
  return stats.map((stat) => Number(stat.slice(stat.lastIndexOf(')')).split(' ')[17]));
}

describe('The local model', () => {
  it.runIf(process.platform === 'linux')('is less urgent than the thread that serves everybody', async () => {
    await ask(open(), ['hello']);
    const own = getPriority();
    expect(await nicenessOfThreads()).toContain(Math.min(19, own + 10));
    expect(getPriority()).toBe(own);
  });

  it('gives vectors of 512 numbers and length 1, nearer for what means the same, and counts its tokens', async () => {
    const result = await ask(open(), ['hello world', 'Hi there, everybody!', 'The invoice was paid late.']);
    if (!result.ok) throw new Error(result.error.message);
    const { vectors, inputTokens } = result.value;
    const [hello, hi, invoice] = vectors;
    expect(vectors.map(({ length }) => length)).toEqual([512, 512, 512]);
    expect(LOCAL_EMBEDDING_DIMENSIONS).toBe(512);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(dot(hello, hi)).toBeGreaterThan(dot(hello, invoice) + 0.1);
    expect(inputTokens).toBeGreaterThan(10);
    expect(await ask(open(), ['hello world'])).toMatchObject({ ok: true, value: { inputTokens: 3 } });
  });

  it('gives each text the vector that it has alone, in order', async () => {
    const provider = open();
    const texts = sentences(40);
    const together = await vectorsOf(provider, texts);
    expect(together.length).toBe(40);
    for (const index of [0, 15, 16, 39]) {
      const [alone] = await vectorsOf(provider, [texts[index] ?? '']);
      expect(dot(together[index], alone)).toBeCloseTo(1, 5);
    }
  });

  it('reads the first 128 tokens of a text, and counts no more', async () => {
    const long = sentences(100).join(' ');
    const result = await ask(open(), [long, `${long} Bananas are yellow.`]);
    if (!result.ok) throw new Error(result.error.message);
    expect(result.value.inputTokens).toBe(256);
    expect(dot(...result.value.vectors)).toBeCloseTo(1, 5);
  });

  it('takes every character that there is', async () => {
    const odd = [' ', '\n', '\0', '\ud800', '日本語', '😀', '\u200b', '\ufdfa', 'x'.repeat(8_192)];
    const vectors = await vectorsOf(open(), odd);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  it('refuses what it cannot embed, and starts no thread for it', async () => {
    const provider = open({ threadFile: '/nowhere/thread.js', limits: { maxTexts: 2, maxCharacters: 3 } });
    const messageFor = async (texts: readonly string[], model = LOCAL_EMBEDDING_MODEL) => {
      const result = await provider.embed({ model, texts }, NEVER);
      expect(result).toMatchObject({ ok: false, error: { reason: 'refused', retryable: false, mayBeBilled: false } });
      return result.ok ? '' : result.error.message;
    };
    expect(await messageFor(['a', ''])).toBe('Text 1 (counted from 0) is empty, and means nothing: leave it out.');
    expect(await messageFor([])).toContain('give at least one');
    expect(await messageFor(['a', 'b', 'c'])).toContain('more than the 2 of one call');
    expect(await messageFor(['abcd'])).toContain('more than the 3 of one text');
    expect(await messageFor(['a'], 'gpt')).toBe('There is no local model "gpt": the only one is "use-lite-en".');
  });

  it('does not hold up this thread: the 99th percentile of its delay stays within 20 ms', async () => {
    const provider = open({ limits: { maxTexts: 200 } });
    await vectorsOf(provider, ['loaded']);
    const delaysMs: number[] = [];
    // The least of three: what holds up the loop shows in each, what else the machine does in few.
    for (let round = 0; round < 3 && Math.min(...delaysMs) > 20; round += 1) {
      const loop = monitorEventLoopDelay({ resolution: 1 });
      loop.enable();
      expect((await vectorsOf(provider, sentences(200))).length).toBe(200);
      loop.disable();
      delaysMs.push(loop.percentile(99) / MS);
    }
    expect(Math.min(...delaysMs)).toBeLessThanOrEqual(20);
  });
});

describe('Calls of the local model', () => {
  it('end in the moment in which they are canceled, in hand or waiting, and the next one is served', async () => {
    const provider = open();
    const abort = new AbortController();
    const inHand = ask(provider, sentences(64), abort.signal);
    const waiting = ask(provider, ['one'], abort.signal);
    const next = ask(provider, ['two']);
    const before = performance.now();
    abort.abort();
    for (const call of [inHand, waiting])
      expect(await call).toMatchObject({ ok: false, error: { reason: 'canceled', mayBeBilled: false } });
    expect(performance.now() - before).toBeLessThan(100);
    expect(await next).toMatchObject({ ok: true });
    expect(await ask(provider, ['three'], abort.signal)).toMatchObject({ ok: false, error: { reason: 'canceled' } });
  });

  it('wait, but not more than 64 of them', async () => {
    const provider = open();
    const calls = Array.from({ length: 66 }, () => ask(provider, ['one']));
    expect(await calls[65]).toEqual({
      ok: false,
      error: {
        reason: 'rateLimited',
        message: '64 calls wait for the local model of embeddings already: ask again later.',
        retryable: true,
        mayBeBilled: false,
      },
    });
    expect((await Promise.all(calls.slice(0, 65))).every(({ ok }) => ok)).toBe(true);
  });

  it('wait, but not more of them than is set', async () => {
    const provider = open({ maxWaiting: 1 });
    const calls = await Promise.all([ask(provider, ['a']), ask(provider, ['b']), ask(provider, ['c'])]);
    expect(calls.map(({ ok }) => ok)).toEqual([true, true, false]);
  });

  it('fail when it is closed, in hand, waiting and later; closing twice is safe', async () => {
    const provider = open();
    await vectorsOf(provider, ['loaded']);
    const calls = [ask(provider, sentences(64)), ask(provider, ['one'])];
    await provider.close();
    await provider.close();
    calls.push(ask(provider, ['two']));
    for (const call of calls)
      expect(await call).toMatchObject({
        ok: false,
        error: { reason: 'unavailable', message: expect.stringContaining('closed') as string, retryable: false },
      });
  });
});

describe('A thread that goes wrong', () => {
  let folder = '';
  let threadFile = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-embedding-'));
    threadFile = path.join(folder, 'thread.mjs');
    await writeFile(
      threadFile,
      `import { parentPort } from 'node:worker_threads';
      await import(${JSON.stringify(pathToFileURL(THREAD).href)});
      parentPort.on('message', ({ texts }) => {
        if (texts.includes('die')) process.exit(7);
        if (texts.includes('throw')) throw new Error('as the test asks');
        while (texts.includes('hang'));
      });`,
    );
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  it.each([
    ['die', 'unavailable', 'its thread ended with code 7'],
    ['throw', 'unavailable', 'as the test asks'],
  ])('fails the call in hand when told to %s, and is followed by a new one', async (word, reason, said) => {
    const provider = open({ threadFile });
    const calls = [ask(provider, [word]), ask(provider, ['go on'])];
    const message = `The local model of embeddings failed: ${said}`;
    expect(await calls[0]).toEqual({ ok: false, error: { reason, message, retryable: true, mayBeBilled: false } });
    expect(await calls[1]).toMatchObject({ ok: true });
  });

  it('is ended when it does not answer in its time', async () => {
    const provider = open({ threadFile, timeoutMs: 5_000 });
    const calls = [ask(provider, ['hang']), ask(provider, ['go on'])];
    const message = 'The local model of embeddings did not answer within 5000 ms; its thread was ended.';
    expect(await calls[0]).toMatchObject({ ok: false, error: { reason: 'timedOut', message, retryable: true } });
    expect(await calls[1]).toMatchObject({ ok: true });
  });

  it('is said to have failed where it cannot be loaded', async () => {
    const provider = open({ threadFile: path.join(folder, 'none.mjs') });
    const message = expect.stringMatching(/^The local model of embeddings failed: Cannot find module/) as string;
    expect(await ask(provider, ['a'])).toMatchObject({ ok: false, error: { reason: 'unavailable', message } });
  });
});
