import { describe, expect, it } from 'vitest';
import { code, drive } from '../../support/drive.ts';

const fallback = (onFallback: Parameters<typeof code>[0] = {}) =>
  drive({
    main: code({ onFailure: { fallback: 'spare' } }),
    spare: code({ input: '${ nodes.main.failure.message }', ...onFallback }),
    next: code({ input: '${ nodes.main.output }' }),
  });

describe('a node that fails', () => {
  it('fails the execution, with the place where it began', () => {
    const run = drive({ a: code(), b: code({ after: ['a'] }) })
      .begin('a')
      .fail('a');
    expect(run.commands()).toEqual(['fail (threw at a)']);
    expect(run.status('b')).toBe('canceled');
  });

  it('first stops what runs beside it, and waits until that is quiet', () => {
    const run = drive({ a: code(), b: code(), c: code() }).begin('a', 'b').fail('a');
    expect(run.commands()).toEqual(['stop b (siblingFailed)']);
    expect(run.status('c')).toBe('canceled');
    run.canceled('b', 'siblingFailed');
    expect(run.commands()).toEqual(['fail (threw at a)']);
  });

  it('takes whatever becomes of an attempt that is being stopped, and fails for the first failure', () => {
    const nodes = { a: code(), b: code(), c: code({ retry: { attempts: 5 } }), d: code() };
    const run = drive(nodes).begin('a', 'b', 'c', 'd').fail('a').succeed('b').fail('c').abandon('d');
    expect(run.commands()).toEqual(['fail (threw at a)']);
    expect(['a', 'b', 'c', 'd'].map((path) => run.status(path))).toEqual(['failed', 'succeeded', 'failed', 'canceled']);
  });

  it('fails without an attempt when its input cannot be evaluated', () => {
    const run = drive({ a: code() }).failNode('a', { reason: 'expressionFailed' });
    expect(run.commands()).toEqual(['fail (expressionFailed at a)']);
  });

  it('with onFailure continue ends like one that has run: what needs it goes on', () => {
    const run = drive({
      a: code({ onFailure: 'continue' }),
      b: code({ after: ['a'] }),
      c: code({ after: ['a'], join: 'any' }),
    });
    run.begin('a').fail('a');
    expect(run.commands()).toEqual(['begin b', 'begin c']);
    expect(run.status('a')).toBe('failed');
  });

  it('ends the execution as the event says', () => {
    const run = drive({ a: code() }).begin('a').fail('a');
    run.record({ type: 'executionFailed', failure: { reason: 'threw', message: 'It broke.', retryable: false } });
    expect(run.state).toMatchObject({ status: 'failed', failure: { message: 'It broke.' } });
    expect(run.commands()).toEqual([]);
  });
});

describe('a fallback', () => {
  it('is not needed when its main node succeeds', () => {
    const run = fallback().run('main');
    expect(run.commands()).toEqual(['record nodeSkipped spare', 'begin next']);
    run.settle();
    expect(run.status('spare')).toBe('skipped');
    expect(run.commands()).toEqual(['begin next']);
  });

  it('is not needed when its main node is skipped', () => {
    const run = fallback().skip('main').settle();
    expect(['spare', 'next'].map((path) => run.status(path))).toEqual(['skipped', 'skipped']);
  });

  it('runs when its main node fails, and what needs that waits for it', () => {
    const run = fallback().begin('main').fail('main');
    expect(run.commands()).toEqual(['begin spare']);
    run.run('spare');
    expect(run.commands()).toEqual(['begin next']);
    expect(run.state.root.nodes.find(({ plan }) => plan.name === 'main')).toMatchObject({
      status: 'failed',
      output: { value: 'spare' },
    });
  });

  it('that fails too fails the execution', () => {
    const run = fallback().begin('main').fail('main').begin('spare').fail('spare', { reason: 'timedOut' });
    expect(run.commands()).toEqual(['fail (timedOut at spare)']);
  });

  it('that is skipped leaves the failure of its main node to stand', () => {
    const run = fallback({ when: 'input.never' }).begin('main').fail('main').skip('spare');
    expect(run.commands()).toEqual(['fail (threw at main)']);
  });

  it('may have a fallback of its own, whose output is that of the first', () => {
    const run = drive({
      a: code({ onFailure: { fallback: 'b' } }),
      b: code({ onFailure: { fallback: 'c' } }),
      c: code(),
      next: code({ input: '${ nodes.a.output }' }),
    });
    run.begin('a').fail('a').begin('b').fail('b');
    expect(run.commands()).toEqual(['begin c']);
    run.run('c');
    expect(run.commands()).toEqual(['begin next']);
    expect(run.state.root.nodes[0]?.output).toEqual({ value: 'c' });
  });

  it('that reads what was skipped is skipped too, and the failure stands', () => {
    const run = drive({
      other: code(),
      main: code({ onFailure: { fallback: 'spare' } }),
      spare: code({ input: '${ nodes.other.output }' }),
    });
    run.begin('main').fail('main').skip('other');
    expect(run.commands()).toEqual(['record nodeSkipped spare']);
    expect(run.settle().commands()).toEqual(['fail (threw at main)']);
  });
});
