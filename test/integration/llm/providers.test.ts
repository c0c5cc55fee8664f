import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createBoundedProvider } from '../../../src/llm/bounded-provider.ts';
import { openProvider, type ProviderSettings } from '../../../src/llm/open-provider.ts';
import type { LlmProvider, ModelRequest } from '../../../src/llm/provider.ts';
import { PROTOCOLS, type Protocol, type Said } from '../../support/model-protocols.ts';
import { startModelServer, type Behaviour, type ModelServer } from '../../support/model-server.ts';
import { until } from '../../support/until.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const USAGE = { inputTokens: 100, cachedInputTokens: 40, cacheWriteTokens: 0, outputTokens: 7, reasoningTokens: 0 };
const HELLO: Said = { pieces: ['Hel', 'lo', '!'], usage: USAGE };
const ASK: ModelRequest = {
  model: 'm',
  messages: [
    { role: 'system', text: 'Be kind.' },
    { role: 'user', text: 'Say hello.' },
  ],
  parameters: { maxOutputTokens: 50 },
};

let server: ModelServer | undefined;
afterEach(async () => server?.close());

interface Opened {
  readonly provider: LlmProvider;
  readonly faults: readonly string[];
}
async function open(
  protocol: Protocol,
  behave: (index: number) => Behaviour,
  bounds: Pick<ProviderSettings, 'maxAnswerBytes'> = {},
): Promise<Opened> {
  server = await startModelServer(protocol, behave);
  const faults: string[] = [];
  const { baseUrl } = server;
  const deps = { now: () => NOW, reportFault: (fault: string) => void faults.push(fault) };
  const settings = { name: 'test', protocol, baseUrl, apiKey: 'secret-key', ...bounds };
  return { provider: await openProvider(settings, deps), faults };
}

const silent = { signal: new AbortController().signal, onText: () => undefined };

describe.each(PROTOCOLS)('A provider that speaks %s', (protocol) => {
  const says = (said: Said) => open(protocol, () => ({ kind: 'says', said }));

  it('gives the text as it comes, and the tokens as they were billed', async () => {
    const { provider } = await says(HELLO);
    const pieces: string[] = [];
    const result = await provider.call(ASK, { ...silent, onText: (piece) => pieces.push(piece) });
    expect(result).toEqual({ ok: true, value: { text: 'Hello!', toolCalls: [], finish: 'stop', usage: USAGE } });
    expect(pieces).toEqual(['Hel', 'lo', '!']);
    const { headers } = server?.asked[0] ?? {};
    expect(headers?.authorization ?? headers?.['x-api-key']).toContain('secret-key');
  });

  it('gives the calls of tools that the model asks for, and takes their results', async () => {
    const calls = [{ id: 'call-1', name: 'weather', input: '{"city":"Rome"}' }];
    const { provider } = await says({ calls, finish: 'toolCalls', usage: USAGE });
    const weather = {
      name: 'weather',
      description: 'Says it.',
      input: { type: 'object', properties: { city: { type: 'string' } } },
    };
    const toolCalls = [{ id: 'call-1', name: 'weather', input: { city: 'Rome' } }];
    const asked = await provider.call({ ...ASK, tools: [weather] }, silent);
    expect(asked).toMatchObject({ ok: true, value: { finish: 'toolCalls', toolCalls } });

    const answered = {
      role: 'tool',
      callId: 'call-1',
      name: 'weather',
      output: { degrees: 31 },
      isError: false,
    } as const;
    const messages = [...ASK.messages, { role: 'assistant', text: '', toolCalls } as const, answered];
    expect(await provider.call({ ...ASK, messages, tools: [weather] }, silent)).toMatchObject({ ok: true });
    const sent = JSON.stringify(server?.asked[1]?.body);
    for (const text of ['call-1', 'Rome', '31', 'Says it.']) expect(sent).toContain(text);
  });

  it('keeps what a model wrote as the input of a tool where it is no JSON', async () => {
    const { provider } = await says({
      calls: [{ id: 'c', name: 't', input: '{"half":' }],
      finish: 'toolCalls',
      usage: USAGE,
    });
    const result = await provider.call(ASK, silent);
    if (result.ok) expect(result.value.toolCalls).toEqual([{ id: 'c', name: 't', input: '{"half":' }]);
    else expect(result.error).toMatchObject({ reason: 'malformed', mayBeBilled: true });
  });

  it('sends the schema of the answer', async () => {
    const { provider } = await says({ pieces: ['{"n":1}'], usage: USAGE });
    const output = {
      type: 'object',
      properties: { n: { type: 'number' } },
      required: ['n'],
      additionalProperties: false,
    };
    expect(await provider.call({ ...ASK, output }, silent)).toMatchObject({ ok: true });
    expect(JSON.stringify(server?.asked[0]?.body)).toContain('"n":{"type":"number"}');
  });

  it('says that the answer was as long as it may be', async () => {
    const { provider } = await says({ ...HELLO, finish: 'length' });
    expect(await provider.call(ASK, silent)).toMatchObject({ ok: true, value: { finish: 'length', text: 'Hello!' } });
  });

  it.each([
    [400, 'refused', false, false],
    [401, 'refused', false, false],
    [404, 'refused', false, false],
    // Of whoever stands between: the model may have gone on.
    [408, 'unavailable', true, true],
    [504, 'unavailable', true, true],
    [429, 'rateLimited', true, false],
    [500, 'unavailable', true, false],
    [529, 'unavailable', true, false],
  ] as const)('says of status %i that it is %s', async (status, reason, retryable, mayBeBilled) => {
    const { provider } = await open(protocol, () => ({ kind: 'status', status, headers: { 'retry-after': '2' } }));
    const result = await provider.call(ASK, silent);
    const wait = retryable ? { retryAfterMs: 2_000 } : {};
    expect(result).toMatchObject({ ok: false, error: { reason, retryable, mayBeBilled, ...wait } });
    expect(JSON.stringify(result)).not.toContain('secret-key');
    expect(server?.asked.length).toBe(1);
  });

  it('hides a key that the provider repeats', async () => {
    const error = { message: 'Incorrect key: secret-key.', type: 'invalid_request_error' };
    const body = JSON.stringify({ type: 'error', error });
    const { provider } = await open(protocol, () => ({ kind: 'status', status: 401, body }));
    const result = await provider.call(ASK, silent);
    expect(JSON.stringify(result)).toContain('Incorrect key: [redacted].');
    expect(JSON.stringify(result)).not.toContain('secret-key');
  });

  it('says that nobody is there', async () => {
    const { provider } = await says(HELLO);
    await server?.close();
    server = undefined;
    const result = await provider.call(ASK, silent);
    expect(result).toMatchObject({ ok: false, error: { reason: 'unavailable', retryable: true, mayBeBilled: false } });
  });

  it('says that a port is one that is never called, and that nothing was sent', async () => {
    const settings = { name: 'test', protocol, baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'secret-key' };
    const provider = await openProvider(settings, { now: () => NOW, reportFault: () => undefined });
    expect(await provider.call(ASK, silent)).toMatchObject({
      ok: false,
      error: {
        ...{ reason: 'refused', retryable: false, mayBeBilled: false },
        message: expect.stringMatching(/^Nothing was sent: the port of "baseUrl"/) as string,
      },
    });
  });

  it('says that an answer was cut off, and that it may be billed', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'cut', said: HELLO, after: 3 }));
    const result = await provider.call(ASK, silent);
    expect(result).toMatchObject({ ok: false, error: { reason: 'unavailable', retryable: true, mayBeBilled: true } });
  });

  it('says that an answer ended before its end', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'raw', text: '' }));
    const result = await provider.call(ASK, silent);
    expect(result).toMatchObject({ ok: false, error: { retryable: true, mayBeBilled: true } });
  });

  it.each(['data: {"half":\n\n', 'data: {"type":"nobody knows","choices":7}\n\n', '<html>not this</html>'])(
    'says that it cannot read %j',
    async (text) => {
      const { provider } = await open(protocol, () => ({ kind: 'raw', text }));
      const result = await provider.call(ASK, silent);
      expect(result).toMatchObject({ ok: false, error: { retryable: true, mayBeBilled: true } });
    },
  );

  it('gives up in the moment in which it is canceled, and ends the connection', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'says', said: HELLO, everyMs: 50 }));
    const abort = new AbortController();
    const result = await provider.call(ASK, { signal: abort.signal, onText: () => abort.abort() });
    expect(result).toMatchObject({ ok: false, error: { reason: 'canceled' } });
    await until(() => Promise.resolve(server?.abandoned === 1), 2_000, 'the server sees it');
  });

  it('waits no longer than its bound for one that says nothing', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'silent' }));
    const bounded = createBoundedProvider(provider, { concurrency: 1, timeoutMs: 100 }, systemClock);
    const result = await bounded.call(ASK, silent);
    expect(result).toMatchObject({ ok: false, error: { reason: 'timedOut', retryable: true, mayBeBilled: true } });
  });

  it('says that a connection was lost after the request, which may be billed', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'hangsUp' }));
    const result = await provider.call(ASK, silent);
    expect(result).toMatchObject({ ok: false, error: { reason: 'unavailable', retryable: true, mayBeBilled: true } });
  });

  it('reads no more of an answer than its bound', async () => {
    const { provider } = await open(protocol, () => ({ kind: 'endless' }), { maxAnswerBytes: 100_000 });
    const result = await provider.call(ASK, silent);
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

  it('sends nothing to another place than its own', async () => {
    const { provider } = await open(protocol, () => ({
      kind: 'status',
      status: 307,
      headers: { location: 'http://127.0.0.1:9/v1/elsewhere' },
    }));
    expect(await provider.call(ASK, silent)).toMatchObject({ ok: false });
    expect(server?.asked.length).toBe(1);
  });
});

it.each(['openai', 'anthropic'] as const)(
  '%s is sent nothing without a key, and its lack is said',
  async (protocol) => {
    const provider = await openProvider({ name: 'test', protocol }, { now: () => NOW, reportFault: () => undefined });
    expect(await provider.call(ASK, silent)).toMatchObject({
      ok: false,
      error: { reason: 'refused', message: expect.stringContaining('has no key'), mayBeBilled: false },
    });
  },
);

describe('Numbers that cannot be true', () => {
  it.each([
    { ...USAGE, inputTokens: -5 },
    { ...USAGE, outputTokens: 1.5 },
    { ...USAGE, cachedInputTokens: 1_000 },
  ])('are taken for none, and reported: %j', async (usage) => {
    const { provider, faults } = await open('openai-compatible', () => ({ kind: 'says', said: { ...HELLO, usage } }));
    expect(await provider.call(ASK, silent)).toMatchObject({ ok: true, value: { text: 'Hello!', usage: undefined } });
    expect(faults).toEqual([expect.stringMatching(/^test, m: /)]);
  });

  it('are no fault where there are none at all', async () => {
    const { provider, faults } = await open('openai-compatible', () => ({ kind: 'says', said: { pieces: ['Hi'] } }));
    expect(await provider.call(ASK, silent)).toMatchObject({ ok: true, value: { text: 'Hi', usage: undefined } });
    expect(faults).toEqual([]);
  });
});

describe('The bounds of a provider', () => {
  it('are so many calls at once, in order', async () => {
    const { provider } = await open('openai-compatible', () => ({ kind: 'says', said: HELLO, everyMs: 10 }));
    const bounded = createBoundedProvider(provider, { concurrency: 2, timeoutMs: 5_000 }, systemClock);
    let most = 0;
    const now = new Set<number>();
    const calls = Array.from({ length: 8 }, (_, index) =>
      bounded
        .call(ASK, {
          ...silent,
          onText() {
            now.add(index);
            most = Math.max(most, now.size);
          },
        })
        .finally(() => now.delete(index)),
    );
    expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true);
    expect(most).toBe(2);
  });

  it('are left by who is canceled while it waits: it was never sent', async () => {
    const { provider } = await open('openai-compatible', () => ({ kind: 'says', said: HELLO, everyMs: 20 }));
    const bounded = createBoundedProvider(provider, { concurrency: 1, timeoutMs: 5_000 }, systemClock);
    const first = bounded.call(ASK, silent);
    const abort = new AbortController();
    const second = bounded.call(ASK, { ...silent, signal: abort.signal });
    abort.abort();
    expect(await second).toMatchObject({ ok: false, error: { reason: 'canceled', mayBeBilled: false } });
    expect(await first).toMatchObject({ ok: true });
    expect(server?.asked.length).toBe(1);
  });
});
