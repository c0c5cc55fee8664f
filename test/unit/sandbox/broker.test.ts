import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { createBroker } from '../../../src/sandbox/broker.ts';
import type { Grant } from '../../../src/sandbox/grant.ts';

const never = new AbortController().signal;
const granted: readonly Grant[] = [
  { kind: 'host', host: 'private.test', port: 80 },
  { kind: 'folder', name: 'data', path: '/srv/data' },
];
const broker = () => createBroker(createEgress({ resolveName: () => Promise.resolve(['10.0.0.1']) }), granted);
const get = (url: string): Json => ({ method: 'GET', url, headers: {} });

describe('the broker of a call', () => {
  it('answers requests, and no other host call', async () => {
    expect(await broker().answer('llm.complete', {}, never)).toMatchObject({ ok: false, error: { retryable: false } });
  });

  it.each([
    null,
    {},
    { method: 'get', url: 'http://private.test/', headers: {} },
    { method: 'GET', url: 1, headers: {} },
    { ...Object(get('x')), agent: {} },
  ])('refuses a request of no known form: %j', async (request) => {
    expect(await broker().answer('http.request', request, never)).toMatchObject({
      ok: false,
      error: { message: 'The request has no known form.' },
    });
  });

  it('lets through what is granted, and leaves the address rules to egress', async () => {
    const refused = async (url: string): Promise<Json> => {
      const answer = await broker().answer('http.request', get(url), never);
      return answer.ok ? answer.value : answer.error.message;
    };
    expect(await refused('http://other.test/')).toMatch(/is not granted/);
    expect(await refused('http://private.test/')).toMatch(/no public address/);
  });

  it('counts the requests of an attempt', async () => {
    const one = broker();
    const answers = await Promise.all(
      Array.from({ length: 1_001 }, () =>
        one.answer('http.request', get('http://other.test/'), new AbortController().signal),
      ),
    );
    const messages = answers.map((answer) => (answer.ok ? '' : answer.error.message));
    expect(messages.filter((message) => message.includes('may make 1000 requests'))).toHaveLength(1);
  });
});
