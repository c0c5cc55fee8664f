import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createBoundedEmbeddingProvider,
  createBoundedProvider,
  createTurns,
} from '../../../src/llm/bounded-provider.ts';
import type { EmbeddingProvider } from '../../../src/llm/embedding.ts';
import { createPace, type Taken } from '../../../src/llm/pace.ts';
import type { LlmProvider, ModelAnswer, ModelRequest } from '../../../src/llm/provider.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const MINUTE_MS = 60_000;
const never = new AbortController().signal;

/** Lets everything happen that waits for no clock. */
const settled = (): Promise<void> => setImmediate();

interface Begun {
  readonly place: number;
  readonly atMs: number;
  readonly most: number;
  tokens: number;
  readonly taken: Taken;
  isOver: boolean;
}

const bounds = fc.record({
  requestsPerMinute: fc.integer({ min: 1, max: 6 }),
  tokensPerMinute: fc.integer({ min: 1, max: 100 }),
});
const step = fc.oneof(
  fc.record({ act: fc.constant('call' as const), most: fc.integer({ min: 0, max: 120 }) }),
  fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
  fc.record({
    act: fc.constantFrom('settle' as const, 'release' as const, 'cancel' as const),
    pick: fc.nat(),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

describe('The pace of calls', () => {
  it('holds in every minute, keeps the order, and lets all calls begin, whatever they come to and whoever gives up', async () => {
    await fc.assert(
      fc.asyncProperty(bounds, fc.array(step, { maxLength: 60 }), async (limits, steps) => {
        const clock = createManualClock();
        const pace = createPace(limits, clock);
        const begun: Begun[] = [];
        const waiting = new Map<number, AbortController>();
        let asked = 0;

        const isWithin = (): void => {
          const now = begun.filter(({ atMs }) => atMs > clock.monotonicMs() - MINUTE_MS);
          const tokens = now.reduce((sum, one) => sum + one.tokens, 0);
          expect(now.length).toBeLessThanOrEqual(limits.requestsPerMinute);
          const spenders = now.filter((one) => one.tokens > 0);
          if (spenders.length > 1) expect(tokens).toBeLessThanOrEqual(limits.tokensPerMinute);
        };
        const call = (most: number): void => {
          const place = asked++;
          const abort = new AbortController();
          waiting.set(place, abort);
          pace
            .take(() => most, abort.signal)
            .then(
              (taken) => {
                waiting.delete(place);
                begun.push({ place, atMs: clock.monotonicMs(), most, tokens: most, taken, isOver: false });
              },
              () => waiting.delete(place),
            );
        };

        for (const each of steps) {
          if (each.act === 'call') call(each.most);
          else if (each.act === 'pass') clock.advance(each.ms);
          else if (each.act === 'cancel')
            [...waiting.values()][each.pick % Math.max(waiting.size, 1)]?.abort(new Error('enough'));
          else {
            const running = begun.filter(({ isOver }) => !isOver);
            const one = running[each.pick % Math.max(running.length, 1)];
            if (one !== undefined) {
              one.isOver = true;
              one.tokens = each.act === 'release' ? 0 : Math.floor(one.most * each.share);
              if (each.act === 'settle') one.taken.settle(one.tokens);
              else {
                one.taken.release();
                begun.splice(begun.indexOf(one), 1);
              }
            }
          }
          await settled();
          isWithin();
        }
        for (let minutes = 0; minutes < 130 && waiting.size > 0; minutes += 1) {
          clock.advance(MINUTE_MS);
          await settled();
          isWithin();
        }
        expect(waiting.size).toBe(0);
        const places = begun.map(({ place }) => place);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });

  it('lets the next call begin as soon as an earlier one has used less than was taken for it', async () => {
    const clock = createManualClock();
    const pace = createPace({ tokensPerMinute: 100 }, clock);
    const first = await pace.take(() => 90, never);
    let isIn = false;
    const second = pace.take(() => 50, never).then(() => (isIn = true));
    await settled();
    expect(isIn).toBe(false);
    first.settle(51);
    await settled();
    expect(isIn).toBe(false);
    first.settle(50);
    await second;
    expect(clock.monotonicMs()).toBe(0);
  });

  it('is left by who is canceled just before the wait begins', async () => {
    const pace = createPace({ requestsPerMinute: 1 }, createManualClock());
    await pace.take(() => 1, never);
    const abort = new AbortController();
    const waiting = pace.take(() => 1, abort.signal);
    abort.abort(new Error('Enough.'));
    await expect(waiting).rejects.toThrow('Enough.');
  });
});

const USAGE = { inputTokens: 10, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 0 };
const ANSWER: ModelAnswer = { text: 'yes', toolCalls: [], finish: 'stop', usage: USAGE };
const provider: LlmProvider = { name: 'test', call: async () => ({ ok: true, value: ANSWER }) };
const ask: ModelRequest = {
  model: 'm',
  messages: [{ role: 'user', text: 'Yes?' }],
  parameters: { maxOutputTokens: 50 },
};
const silent = { signal: never, onText: (): void => undefined };

describe('A provider with a pace', () => {
  const bounded = (more: object) => {
    const clock = createManualClock();
    return { clock, provider: createBoundedProvider(provider, { concurrency: 10, timeoutMs: 1_000, ...more }, clock) };
  };

  it('makes so many calls in a minute, and the next when it is over', async () => {
    const { clock, provider: paced } = bounded({ requestsPerMinute: 2 });
    let made = 0;
    for (let call = 0; call < 5; call += 1) void paced.call(ask, silent).then(() => (made += 1));
    for (const expected of [2, 4, 5]) {
      await settled();
      expect(made).toBe(expected);
      clock.advance(MINUTE_MS);
    }
  });

  it('is one for text and for vectors where both share their turns', async () => {
    const clock = createManualClock();
    const once = { concurrency: 10, timeoutMs: 1_000, requestsPerMinute: 1 };
    const bounds = { ...once, turns: createTurns(once, clock) };
    const embedded: EmbeddingProvider = {
      ...{ name: 'test', embed: async () => ({ ok: true, value: { vectors: [], inputTokens: 1 } }) },
    };
    await createBoundedProvider(provider, bounds, clock).call(ask, silent);
    let made = 0;
    const vectors = createBoundedEmbeddingProvider(embedded, bounds, clock);
    const call = vectors.inTurn({ model: 'm', texts: ['Yes?'] }, never, async () => (made += 1));
    await settled();
    expect(made).toBe(0);
    clock.advance(MINUTE_MS);
    expect(await call).toBe(1);
  });

  it('counts what calls came to, and nothing for a turn in which none was made', async () => {
    // Taken at first are 1,024 tokens, 16 and the bytes of the message, and 50 of the answer; no two of them fit.
    const { provider: paced } = bounded({ tokensPerMinute: 1_200, requestsPerMinute: 7 });
    for (let turn = 0; turn < 20; turn += 1)
      expect(await paced.inTurn(ask, never, async () => 'refused')).toBe('refused');
    for (let call = 0; call < 5; call += 1) expect(await paced.call(ask, silent)).toMatchObject({ ok: true });
  });

  it('is left at once by who is canceled while it waits, before any work', async () => {
    const { provider: paced } = bounded({ requestsPerMinute: 1 });
    await paced.call(ask, silent);
    const abort = new AbortController();
    let worked = false;
    const waiting = paced.inTurn(ask, abort.signal, async () => (worked = true));
    abort.abort(new Error('enough'));
    expect(await waiting).toBeUndefined();
    expect(worked).toBe(false);
    expect(await paced.call(ask, { ...silent, signal: abort.signal })).toMatchObject({
      ok: false,
      error: { reason: 'canceled', mayBeBilled: false },
    });
  });
});
