import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createBoundedEmbeddingProvider } from '../../../src/llm/bounded-provider.ts';
import type { EmbeddingProvider } from '../../../src/llm/embedding.ts';
import { openEmbeddingProvider, type EmbeddingProviderSettings } from '../../../src/llm/open-provider.ts';
import { vectorOf, type Embedded } from '../../support/embeddings-protocol.ts';
import { startModelServer, type Behaviour, type ModelServer } from '../../support/model-server.ts';
import { until } from '../../support/until.ts';

const ASK = { model: 'm', texts: ['one', 'two', 'three'] };
const VECTORS = ASK.texts.map((text) => Float32Array.from(vectorOf(text)));
const NEVER = new AbortController().signal;

let server: ModelServer | undefined;
afterEach(async () => server?.close());

type Protocol = 'openai' | 'openai-compatible';
interface Opened {
  readonly provider: EmbeddingProvider;
  readonly faults: readonly string[];
}

async function open(
  protocol: Protocol,
  behave: (index: number) => Behaviour,
  bounds: Pick<EmbeddingProviderSettings, 'maxAnswerBytes' | 'limits'> = {},
): Promise<Opened> {
  server = await startModelServer(protocol, behave);
  const faults: string[] = [];
  const deps = {
    now: () => new Date('2026-06-01T00:00:00Z'),
    reportFault: (fault: string) => void faults.push(fault),
  };
  const settings = { name: 'test', protocol, baseUrl: server.baseUrl, apiKey: 'secret-key', ...bounds };
  return { provider: await openEmbeddingProvider(settings, deps), faults };
}

describe.each(['openai', 'openai-compatible'] as const)('Embeddings by %s', (protocol) => {
  const embeds = (embedded: Embedded) => open(protocol, () => ({ kind: 'embeds', embedded }));

  it('gives a vector for each text, and the tokens as they were billed', async () => {
    const { provider } = await embeds({ tokens: 3 });
    expect(await provider.embed(ASK, NEVER)).toEqual({ ok: true, value: { vectors: VECTORS, inputTokens: 3 } });
    expect(server?.asked[0]?.headers.authorization).toContain('secret-key');
    expect(server?.asked[0]?.body).toMatchObject({ model: 'm', input: ASK.texts });
  });

  it('puts the vectors in the order of the texts', async () => {
    const vectors = ['three', 'one', 'two'].map(vectorOf);
    const { provider } = await embeds({ vectors, places: [2, 0, 1] });
    expect(await provider.embed(ASK, NEVER)).toMatchObject({ ok: true, value: { vectors: VECTORS } });
  });

  it.each<[string, Embedded]>([
    ['too few', { vectors: [[1], [2]] }],
    ['too many', { vectors: [[1], [2], [3], [4]] }],
    ['of unequal length', { vectors: [[1, 2], [1, 2], [1]] }],
    ['empty', { vectors: [[], [], []] }],
    ['without numbers', { vectors: [['1'], ['2'], ['3']] }],
    ['none at all', { vectors: [[1], null, [3]] }],
    ['larger than a float holds', { vectors: [[1e300], [1], [1]] }],
    ['of one text twice', { vectors: [[1], [2], [3]], places: [0, 1, 1] }],
    ['of a text that nobody gave', { vectors: [[1], [2], [3]], places: [0, 1, 3] }],
  ])('takes no vectors that are %s', async (_, embedded) => {
    const { provider } = await embeds({ ...embedded, tokens: 3 });
    const result = await provider.embed(ASK, NEVER);
    expect(result).toMatchObject({ ok: false, error: { reason: 'malformed', mayBeBilled: true } });
  });

  it('keeps the tokens of an answer that it cannot use', async () => {
    const { provider } = await embeds({ vectors: [[1]], tokens: 3 });
    const result = await provider.embed(ASK, NEVER);
    expect(result).toMatchObject({
      ok: false,
      error: {
        message: expect.stringContaining('1 vectors for 3') as string,
        usage: { inputTokens: 3, outputTokens: 0 },
      },
    });
  });

  it.each(['{"data":[{"embedding":[1', '<html>not this</html>', '', '[]', '{"data":7}'])(
    'cannot read %j',
    async (text) => {
      const { provider } = await open(protocol, () => ({ kind: 'raw', text }));
      const result = await provider.embed(ASK, NEVER);
      expect(result).toMatchObject({ ok: false, error: { reason: 'malformed', retryable: true, mayBeBilled: true } });
    },
  );

  it.each([
    [400, 'refused', false],
    [401, 'refused', false],
    [404, 'refused', false],
    [429, 'rateLimited', true],
    [500, 'unavailable', true],
    [529, 'unavailable', true],
  ] as const)('says of status %i that it is %s, and asks once', async (status, reason, retryable) => {
    const { provider } = await open(protocol, () => ({ kind: 'status', status, headers: { 'retry-after': '2' } }));
    const result = await provider.embed(ASK, NEVER);
    const wait = retryable ? { retryAfterMs: 2_000 } : {};
    expect(result).toMatchObject({ ok: false, error: { reason, retryable, mayBeBilled: false, ...wait } });
    expect(JSON.stringify(result)).not.toContain('secret-key');
    expect(server?.asked.length).toBe(1);
  });

  it('says that nobody is there', async () => {
    const { provider } = await embeds({});
    await server?.close();
    server = undefined;
    const result = await provider.embed(ASK, NEVER);
    expect(result).toMatchObject({ ok: false, error: { reason: 'unavailable', retryable: true, mayBeBilled: false } });
  });

  it.each<[string, Behaviour]>([
    ['in its midst', { kind: 'embeds', embedded: {}, cutAt: 20 }],
    ['before it began', { kind: 'hangsUp' }],
  ])('says that an answer was cut off %s, and that it may be billed', async (_, behaviour) => {
    const { provider } = await open(protocol, () => behaviour);
    const result = await provider.embed(ASK, NEVER);
    expect(result).toMatchObject({ ok: false, error: { reason: 'unavailable', retryable: true, mayBeBilled: true } });
  });

  it('gives up in the moment in which it is canceled, and ends the connection', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'silent' }));
    const abort = new AbortController();
    const result = provider.embed(ASK, abort.signal);
    await until(() => Promise.resolve(server?.asked.length === 1), 2_000, 'the server is asked');
    abort.abort();
    expect(await result).toMatchObject({ ok: false, error: { reason: 'canceled', mayBeBilled: true } });
    await until(() => Promise.resolve(server?.abandoned === 1), 2_000, 'the server sees it');
  });

  it('waits no longer than its bound', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'embeds', embedded: {}, afterMs: 5_000 }));
    const bounded = createBoundedEmbeddingProvider(provider, { concurrency: 1, timeoutMs: 100 }, systemClock);
    const result = await bounded.embed(ASK, NEVER);
    expect(result).toMatchObject({ ok: false, error: { reason: 'timedOut', retryable: true, mayBeBilled: true } });
  });

  it('reads no more of an answer than its bound', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'endless' }), { maxAnswerBytes: 100_000 });
    const result = await provider.embed(ASK, NEVER);
    expect(result).toMatchObject({
      ok: false,
      error: {
        reason: 'malformed',
        message: expect.stringContaining('larger than 100000 bytes') as string,
        retryable: false,
        mayBeBilled: true,
      },
    });
    await until(() => Promise.resolve(server?.abandoned === 1), 2_000, 'the server sees it');
  });

  it('takes tokens that cannot be true for none, and reports them', async () => {
    const { provider, faults } = await embeds({ tokens: -3 });
    expect(await provider.embed(ASK, NEVER)).toMatchObject({ ok: true, value: { inputTokens: undefined } });
    expect(faults).toEqual([expect.stringMatching(/^test, m: .*-3/)]);
  });

  it('says nothing of tokens where the provider says nothing', async () => {
    const { provider, faults } = await embeds({});
    expect(await provider.embed(ASK, NEVER)).toMatchObject({ ok: true, value: { inputTokens: undefined } });
    expect(faults).toEqual([]);
  });
});

describe('A provider of embeddings', () => {
  const right: Behaviour = { kind: 'embeds', embedded: {} };

  it('runs so many calls at once, in order', async () => {
    let now = 0;
    let most = 0;
    const { provider } = await open('openai', () => ({ ...right, afterMs: 20 }));
    const counted: EmbeddingProvider = {
      name: 'counted',
      async embed(...asked) {
        now += 1;
        most = Math.max(most, now);
        return await provider.embed(...asked).finally(() => (now -= 1));
      },
    };
    const bounded = createBoundedEmbeddingProvider(counted, { concurrency: 2, timeoutMs: 5_000 }, systemClock);
    const results = await Promise.all(Array.from({ length: 8 }, () => bounded.embed(ASK, NEVER)));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(most).toBe(2);
  });

  it('takes 64 texts of 8,192 characters where nobody says otherwise, and asks nobody about more', async () => {
    const { provider } = await open('openai', () => right);
    const texts = Array.from({ length: 64 }, () => 'x'.repeat(8_192));
    expect(await provider.embed({ model: 'm', texts }, NEVER)).toMatchObject({ ok: true });
    const refused = (message: string) => ({
      ok: false,
      error: { reason: 'refused', message, retryable: false, mayBeBilled: false },
    });
    expect(await provider.embed({ model: 'm', texts: [...texts, 'x'] }, NEVER)).toEqual(
      refused('65 texts are more than the 64 of one call: make several calls.'),
    );
    expect(await provider.embed({ model: 'm', texts: ['x', 'x'.repeat(8_193)] }, NEVER)).toEqual(
      refused(
        'Text 1 (counted from 0) has 8193 characters, more than the 8192 of one text: cut it into several texts.',
      ),
    );
    expect(await provider.embed({ model: 'm', texts: ['x', ''] }, NEVER)).toEqual(
      refused('Text 1 (counted from 0) is empty, and means nothing: leave it out.'),
    );
    expect(await provider.embed({ model: 'm', texts: [] }, NEVER)).toEqual(
      refused('No text was given to embed: give at least one.'),
    );
    expect(server?.asked.length).toBe(1);
  });

  it('takes the limits that it is given', async () => {
    const { provider } = await open('openai', () => right, { limits: { maxTexts: 2, maxCharacters: 3 } });
    const reasonFor = async (texts: readonly string[]) => {
      const result = await provider.embed({ model: 'm', texts }, NEVER);
      return result.ok ? 'taken' : result.error.message;
    };
    expect(await reasonFor(['abc', 'def'])).toBe('taken');
    expect(await reasonFor(['a', 'b', 'c'])).toContain('the 2 of one call');
    expect(await reasonFor(['abcd'])).toContain('the 3 of one text');
  });

  it('is sent nothing without a key, and its lack is said', async () => {
    const deps = { now: () => new Date(0), reportFault: () => undefined };
    const provider = await openEmbeddingProvider({ name: 'a', protocol: 'openai' }, deps);
    expect(await provider.embed({ model: 'm', texts: ['x'] }, new AbortController().signal)).toMatchObject({
      ok: false,
      error: { reason: 'refused', message: expect.stringContaining('has no key'), mayBeBilled: false },
    });
  });

  it('is not to be had where the protocol has none, or the place is not known', async () => {
    const deps = { now: () => new Date(0), reportFault: () => undefined };
    await expect(openEmbeddingProvider({ name: 'a', protocol: 'anthropic' }, deps)).rejects.toThrow(
      'The provider "a" speaks anthropic, which has no embeddings: use one that speaks openai or openai-compatible.',
    );
    await expect(openEmbeddingProvider({ name: 'b', protocol: 'openai-compatible' }, deps)).rejects.toThrow(
      'needs a baseUrl',
    );
  });
});
