import { describe, expect, it } from 'vitest';
import { Drive, code, drive, planFor } from '../../support/drive.ts';

describe('readiness', () => {
  it('begins nothing before the execution has started', () => {
    const run = new Drive(planFor({ a: code() }));
    expect(run.commands()).toEqual([]);
    expect(run.state.status).toBe('pending');
    expect(run.start().commands()).toEqual(['begin a']);
  });

  it('begins all nodes that need nothing, and each other one when all that it needs has ended', () => {
    const run = drive({ a: code(), b: code(), c: code({ after: ['a', 'b'] }) });
    expect(run.commands()).toEqual(['begin a', 'begin b']);
    expect(run.run('a').commands()).toEqual(['begin b']);
    expect(run.run('b').commands()).toEqual(['begin c']);
  });

  it('says what was begun no more, and the rest again', () => {
    const run = drive({ a: code(), b: code() }).begin('a');
    expect(run.commands()).toEqual(['begin b']);
    expect(run.commands()).toEqual(['begin b']);
  });

  it('takes the one event of a node without effect as its start and its end', () => {
    const run = drive({ a: { kind: 'transform', output: 1 } });
    run.record({ type: 'attemptSucceeded', path: 'a', attempt: 1, startedAt: 900, output: { inline: 1 } });
    expect(run.state.root.nodes[0]).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      startedAt: 900,
      finishedAt: 1_000,
    });
    expect(run.commands()).toEqual(['succeed']);
  });

  it('ends well once every node has ended', () => {
    const run = drive({ a: code() }).run('a');
    expect(run.commands()).toEqual(['succeed']);
    run.record({ type: 'executionSucceeded', output: { inline: { done: true } } });
    expect(run.state).toMatchObject({ status: 'succeeded', output: { value: { done: true } }, finishedAt: 1_000 });
    expect(run.commands()).toEqual([]);
  });

  it('ends an execution without nodes at once', () => {
    expect(new Drive(planFor({})).commands()).toEqual([]);
    expect(drive({}).commands()).toEqual(['succeed']);
  });
});

describe('skipping', () => {
  const three = (join: 'all' | 'any') => drive({ a: code(), b: code(), c: code({ after: ['a', 'b'], join }) });

  it('skips what needs a skipped node', () => {
    const run = three('all').skip('a').run('b');
    expect(run.commands()).toEqual(['record nodeSkipped c']);
    expect(run.settle().commands()).toEqual(['succeed']);
    expect(run.status('c')).toBe('skipped');
  });

  it('runs a node with join any when one need has run', () => {
    expect(three('any').skip('a').run('b').commands()).toEqual(['begin c']);
  });

  it('skips a node with join any when all needs were skipped', () => {
    expect(three('any').skip('a').skip('b').commands()).toEqual(['record nodeSkipped c']);
  });

  it('waits for all needs also with join any', () => {
    expect(three('any').run('a').commands()).toEqual(['begin b']);
  });

  it('skips along a chain', () => {
    const run = drive({ a: code(), b: code({ after: ['a'] }), c: code({ after: ['b'] }) })
      .skip('a')
      .settle();
    expect(run.status('c')).toBe('skipped');
    expect(run.state.progress).toEqual({ done: 3, total: 3 });
  });

  it('evaluates a condition once: a node that was tried before is not skipped for it', () => {
    const run = drive({ a: code({ retry: { attempts: 2 } }) })
      .begin('a')
      .fail('a');
    expect(() => run.skip('a')).toThrow('cannot follow');
  });
});
