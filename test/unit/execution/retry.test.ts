import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetryPlan } from '../../../src/blueprint/plan.ts';
import { nextDueAt } from '../../../src/execution/decide.ts';
import { retryDelayMs, spreadOf } from '../../../src/execution/retry.ts';
import { code, drive } from '../../support/drive.ts';

const retry = (more: Partial<RetryPlan> = {}): RetryPlan => ({
  attempts: 5,
  backoff: 'exponential',
  delayMs: 100,
  maxDelayMs: 1_000,
  jitter: 0,
  on: undefined,
  ...more,
});
const delays = (plan: RetryPlan): readonly number[] => [1, 2, 3, 4, 5].map((count) => retryDelayMs(plan, count, 0.5));
const tried = (more: object = {}) => drive({ a: code({ retry: { attempts: 3, delayMs: 100, jitter: 0, ...more } }) });

describe('another attempt', () => {
  it('is begun when its time has come, and not before', () => {
    const run = tried().begin('a').fail('a');
    expect(run.state).toMatchObject({ status: 'waiting' });
    expect(run.status('a')).toBe('waiting');
    expect(run.commands()).toEqual([]);
    expect(nextDueAt(run.state)).toBe(1_100);
    run.now = 1_100;
    expect(run.commands()).toEqual(['begin a #2']);
    run.begin('a');
    expect(run.state.status).toBe('running');
    expect(nextDueAt(run.state)).toBe(1_000_000);
  });

  it('is not begun when all were used up', () => {
    const run = tried({ attempts: 2 }).begin('a').fail('a');
    run.now = 2_000;
    run.begin('a').fail('a');
    expect(run.commands()).toEqual(['fail (threw at a)']);
    expect(run.state.root.nodes[0]?.attempt).toBe(2);
  });

  it('is not begun after a failure that says it is final', () => {
    expect(tried().begin('a').fail('a', { retryable: false }).commands()).toEqual(['fail (threw at a)']);
  });

  it('is begun for the reasons that the policy names, and for no other', () => {
    const on = ['limitReached'] as const;
    expect(tried({ on }).begin('a').fail('a', { reason: 'limitReached', retryable: false }).status('a')).toBe(
      'waiting',
    );
    expect(tried({ on }).begin('a').fail('a', { reason: 'threw', retryable: true }).status('a')).toBe('failed');
  });

  it('may fail before it starts, when its input cannot be evaluated', () => {
    const run = tried().begin('a').fail('a');
    run.now = 1_200;
    run.failNode('a', { reason: 'expressionFailed' });
    expect(run.commands()).toEqual(['fail (expressionFailed at a)']);
    expect(nextDueAt(run.state)).toBeNull();
  });

  it('is forgotten when the node is given up', () => {
    const run = drive({ a: code({ retry: { attempts: 2, delayMs: 100 } }), b: code() })
      .begin('a', 'b')
      .fail('a')
      .fail('b');
    expect(run.commands()).toEqual(['fail (threw at b)']);
    expect(run.status('a')).toBe('canceled');
  });

  it('comes in the order of time, also when many wait for the same instant', () => {
    const nodes = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, code({ retry: { attempts: 2, delayMs: 100, jitter: 0 } })]),
    );
    const run = drive(nodes).begin('a', 'b', 'c').fail('b');
    run.now = 1_050;
    run.fail('a').fail('c');
    run.now = 1_150;
    expect(run.commands()).toEqual(['begin b #2', 'begin a #2', 'begin c #2']);
    expect(nextDueAt(run.state)).toBe(1_100);
    expect(nextDueAt(run.state, 1_100)).toBe(1_150);
    expect(run.begin('a', 'b').commands()).toEqual(['begin c #2']);
  });
});

describe('the delay', () => {
  it('stays, grows by itself, or doubles, up to its maximum', () => {
    expect(delays(retry({ backoff: 'fixed' }))).toEqual([100, 100, 100, 100, 100]);
    expect(delays(retry({ backoff: 'linear', maxDelayMs: 350 }))).toEqual([100, 200, 300, 350, 350]);
    expect(delays(retry())).toEqual([100, 200, 400, 800, 1_000]);
  });

  it('is spread over the share that jitter names, below its full length', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(1_000), (executionId, attempt) => {
        const delayMs = retryDelayMs(retry({ jitter: 0.5 }), 1, spreadOf({ executionId, path: 'a', attempt }));
        expect(delayMs).toBeGreaterThanOrEqual(50);
        expect(delayMs).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('is the same for the same attempt, and another for its neighbours', () => {
    const of = { executionId: '01890000-0000-7000-8000-000000000001', path: 'a', attempt: 1 };
    expect(spreadOf(of)).toBe(spreadOf({ ...of }));
    const spread = Array.from({ length: 1_000 }, (_one, attempt) => spreadOf({ ...of, attempt }));
    expect(new Set(spread).size).toBeGreaterThan(990);
    const tenths = new Set(spread.map((one) => Math.floor(one * 10)));
    expect(tenths.size).toBe(10);
  });
});
