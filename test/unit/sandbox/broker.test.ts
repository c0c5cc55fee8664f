import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { ok } from '../../../src/core/result.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import {
  BROKER_LIMITS,
  type AskedCall,
  type Broker,
  type HostAnswer,
  createBroker,
  refuse,
  type BrokerLimits,
  type HostCallHandler,
} from '../../../src/sandbox/broker.ts';
import { describeGrant, type Grant } from '../../../src/sandbox/grant.ts';
import { withResolvers } from '../../../src/sandbox/with-resolvers.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';

const never = new AbortController().signal;
const SECRET = 'hunter2-hunter2';
const granted: readonly Grant[] = [
  { kind: 'host', host: 'private.test', port: 80 },
  { kind: 'folder', name: 'data', path: '/srv/data' },
  { kind: 'secret', name: 'token', hosts: [], header: 'authorization', read: () => SECRET },
  { kind: 'reveal', name: 'pin', read: () => 'pin-12345678' },
  { kind: 'reveal', name: 'gone', read: () => undefined },
];
const handlers = createHostCalls({ egress: createEgress({ resolveName: () => Promise.resolve(['10.0.0.1']) }) });
const broker = () => createBroker({ handlers, grants: granted });
const get = (url: string): Json => ({ method: 'GET', url, headers: {} });

/** What the broker answers. */
const ask = (one: Broker, name: string, request: Json, signal = never): Promise<HostAnswer> =>
  new Promise((resolve, reject) => {
    one.answer({ name, request, bytes: 10 }, signal, async (answer) => resolve(answer)).catch(reject);
  });

const brokerOf = (handler: HostCallHandler, limits: Partial<BrokerLimits> = {}) =>
  createBroker({ handlers: new Map([['test', handler]]), grants: granted, limits: { ...BROKER_LIMITS, ...limits } });

describe('the broker of a call', () => {
  it('answers the host calls that it was handed, and no other', async () => {
    expect(await ask(broker(), 'llm.complete', {})).toEqual({
      ok: false,
      error: { message: 'There is no host call "llm.complete".', retryable: false },
    });
    for (const name of ['toString', '__proto__', 'constructor', '']) {
      expect((await ask(broker(), name, {})).ok).toBe(false);
    }
  });

  it.each([
    null,
    {},
    { method: 'get', url: 'http://private.test/', headers: {} },
    { method: 'GET', url: 1, headers: {} },
    { ...Object(get('x')), agent: {} },
  ])('refuses a request of no known form: %j', async (request) => {
    expect(await ask(broker(), 'http.request', request, never)).toMatchObject({
      ok: false,
      error: { message: 'The request has no known form.' },
    });
    expect((await ask(broker(), 'secret.reveal', request, never)).ok).toBe(false);
  });

  it('lets through what is granted, and leaves the address rules to egress', async () => {
    const refused = async (url: string): Promise<Json> => {
      const answer = await ask(broker(), 'http.request', get(url), never);
      return answer.ok ? answer.value : answer.error.message;
    };
    expect(await refused('http://other.test/')).toMatch(/other\.test:80 is not granted/);
    expect(await refused('http://private.test/')).toMatch(/no public address/);
  });

  it('gives the plain text of a secret that is granted so, and of no other', async () => {
    const reveal = async (name: string, grants = granted): Promise<Json> => {
      const answer = await ask(createBroker({ handlers, grants }), 'secret.reveal', { name }, never);
      return answer.ok ? answer.value : answer.error.message;
    };
    expect(await reveal('pin')).toEqual({ value: 'pin-12345678' });
    expect(await reveal('token')).toMatch(/plain text of the secret "token" is not granted/);
    expect(await reveal('gone')).toMatch(/"gone" has no value that this server can use/);
    // Code nodes have no grants, whatever they send.
    expect(await reveal('pin', [])).toMatch(/is not granted/);
  });

  it('takes secrets out of what it refuses with', async () => {
    const answer = await ask(
      brokerOf(async () => refuse(`It was ${SECRET}.`)),
      'test',
      null,
    );
    expect(answer).toMatchObject({ ok: false, error: { message: 'It was [redacted].' } });
  });
});

describe('the limits of a broker', () => {
  it('are those of the documentation', () => {
    expect(BROKER_LIMITS).toEqual({
      calls: 1_000,
      callsAtOnce: 16,
      callsWaiting: 64,
      lookupsAtOnce: 2,
      requestBytes: 67_108_864,
      answerBytes: 8_388_608,
      largeAnswersAtOnce: 4,
      smallAnswerBytes: 1_048_576,
      totalBytes: 268_435_456,
    });
  });

  it('bound the calls of an attempt', async () => {
    const one = brokerOf(async () => ok(null), { calls: 3 });
    const answers = [];
    for (let call = 0; call < 5; call += 1) answers.push(await ask(one, 'test', null));
    expect(answers.map((answer) => answer.ok)).toEqual([true, true, true, false, false]);
    expect(answers[3]).toMatchObject({ error: { message: 'One attempt may make 3 host calls.' } });
    expect(one.counts().hostCalls).toBe(5);
  });

  it('bound the calls at once; the others wait', async () => {
    let running = 0;
    let most = 0;
    const one = brokerOf(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return ok(null);
      },
      { callsAtOnce: 2 },
    );
    const signal = new AbortController().signal;
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(one, 'test', null, signal)));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(most).toBe(2);
  });

  /** Asks a host that never answers, and says what was refused. */
  async function refusals(asked: readonly Partial<AskedCall>[], limits: Partial<BrokerLimits>) {
    const over = new AbortController();
    const one = brokerOf(
      (_, { signal }) => new Promise((_done, reject) => signal.addEventListener('abort', reject)),
      limits,
    );
    const refused: HostAnswer[] = [];
    const all = asked.map((each) =>
      one
        .answer(
          { name: 'test', request: null, bytes: 10, ...each },
          over.signal,
          async (answer) => void refused.push(answer),
        )
        .catch(() => undefined),
    );
    await new Promise((resolve) => setImmediate(resolve));
    over.abort();
    await Promise.all(all);
    return refused.map((answer) => (answer.ok ? '' : answer.error.message));
  }

  it('bound the calls that wait, and what they hold', async () => {
    const limits = { callsAtOnce: 2, callsWaiting: 3, requestBytes: 1_000 };
    expect(await refusals(Array(7).fill({}), limits)).toEqual(
      Array(2).fill('One attempt may have 2 host calls at once, and 3 that wait.'),
    );
    expect(await refusals([{ bytes: 600 }, { bytes: 600 }, { bytes: 400 }], limits)).toEqual([
      'The host calls of one attempt may hold 1000 bytes of requests at once.',
    ]);
  });

  it('hold the place of a call until its answer is delivered', async () => {
    const one = brokerOf(async () => ok(null), { callsAtOnce: 1 });
    const answered: string[] = [];
    const taken = withResolvers<undefined>();
    const asked: AskedCall = { name: 'test', request: null, bytes: 10 };
    const first = one.answer(asked, never, async () => {
      answered.push('first');
      await taken.promise;
    });
    const second = one.answer(asked, never, async () => void answered.push('second'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toEqual(['first']);
    taken.resolve(undefined);
    await Promise.all([first, second]);
    expect(answered).toEqual(['first', 'second']);
  });

  it('bound the large answers at once, until they are delivered', async () => {
    const read: number[] = [];
    const one = brokerOf(
      async (bytes, { countReceived }) => {
        if (typeof bytes !== 'number') return refuse('not a number');
        await countReceived(10);
        if (bytes > 10) await countReceived(bytes - 10);
        read.push(bytes);
        return ok(null);
      },
      { largeAnswersAtOnce: 2, smallAnswerBytes: 10 },
    );
    const taken = withResolvers<undefined>();
    const all = [21, 22, 23, 24, 10].map((request) =>
      one.answer({ name: 'test', request, bytes: 10 }, never, () => taken.promise),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect([...read].sort()).toEqual([10, 21, 22]);
    taken.resolve(undefined);
    await Promise.all(all);
    expect([...read].sort()).toEqual([10, 21, 22, 23, 24]);
  });

  it('bound what an attempt may receive, and tell a call in hand', async () => {
    const told: boolean[] = [];
    const one = brokerOf(
      async (_, { countSent, countReceived }) => {
        countSent(7);
        told.push(await countReceived(60));
        return ok(null);
      },
      { totalBytes: 100 },
    );
    const answers = [];
    for (let call = 0; call < 3; call += 1) answers.push(await ask(one, 'test', null));
    expect(told).toEqual([true, false]);
    expect(answers[2]).toMatchObject({ ok: false, error: { message: 'One attempt may receive 100 bytes.' } });
    expect(one.counts()).toEqual({ hostCalls: 3, hostBytesSent: 14, hostBytesReceived: 120 });
  });
});

describe('a grant', () => {
  it('is shown without its value', () => {
    expect(granted.map(describeGrant)).toEqual([
      'host private.test:80',
      'folder data',
      'secret token',
      'reveal pin',
      'reveal gone',
    ]);
    expect(JSON.stringify(granted)).not.toContain(SECRET);
  });
});
