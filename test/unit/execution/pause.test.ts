import { describe, expect, it } from 'vitest';
import { nextDueAt } from '../../../src/execution/decide.ts';
import { accepts } from '../../../src/execution/refusal.ts';
import { replay } from '../../../src/execution/replay.ts';
import { stepsOf } from '../../../src/execution/steps.ts';
import { createState } from '../../../src/execution/create-state.ts';
import { Drive, code, drive, planFor, requested } from '../../support/drive.ts';

const output = { inline: null };
const costing = (costUsdMicros: number) => ({ usage: { cpuMs: 0, wallMs: 1, peakMemoryBytes: 0, costUsdMicros } });

describe('a pause', () => {
  it('begins nothing more from its request on, lets what runs end, and goes on after a resume', () => {
    const run = drive({ a: code(), b: code({ after: ['a'] }), c: code() })
      .begin('a')
      .pause();
    expect(run.state.status).toBe('paused');
    expect(run.commands()).toEqual(['record executionPaused']);
    expect(accepts(run.state, { type: 'attemptStarted', path: 'c', attempt: 1 })).toBe(false);
    expect(run.settle().events.at(-1)).toMatchObject({ type: 'executionPaused', cause: 'requested' });
    expect(run.commands()).toEqual([]);
    run.succeed('a');
    expect(run.commands()).toEqual([]);
    expect(run.state).toMatchObject({ status: 'paused', pause: { cause: 'requested', at: 1_000 } });
    expect(run.resume().state.status).toBe('running');
    expect(run.commands()).toEqual(['record executionResumed']);
    expect(run.settle().commands()).toEqual(['begin c', 'begin b']);
    expect(run.state.pause).toBeUndefined();
  });

  it('lets an agent that stopped for it go on later, whatever the node says of owners that die', () => {
    const run = drive({ a: { kind: 'agent', agent: 'ada', prompt: 'Hi', onAbandon: 'fail' } })
      .begin('a')
      .record({
        ...{ type: 'agentTurned', path: 'a', attempt: 1, step: 1, thread: '', agent: 'ada', turn: 1, model: 'test' },
        ...{ value: { inline: { text: '', toolCalls: [] } }, finish: 'stop', inputTokens: 1, outputTokens: 1 },
        costUsdMicros: 7,
      })
      .pause()
      .settle()
      .record({ type: 'attemptAbandoned', path: 'a', attempt: 1, cause: 'paused', ...costing(9) });
    expect(run.commands()).toEqual([]);
    expect(run.state.usage.costUsdMicros).toBe(9n);
    expect(run.resume().settle().commands()).toEqual(['begin a #2']);
    expect(stepsOf(run.state, 'a')).toHaveLength(1);
    expect(run.begin('a').succeed('a', 'done', costing(4)).state.usage.costUsdMicros).toBe(13n);
    expect(stepsOf(run.state, 'a')).toEqual([]);
  });

  it('holds back every way of beginning: of a pure node, of a composite, by skipping, by failing', () => {
    const nodes = {
      t: { kind: 'transform', output: 1 },
      l: { kind: 'loop', items: [1], nodes: { x: code() } },
    } as const;
    const { state } = drive(nodes).pause().settle();
    const at = { path: 't', attempt: 1 };
    expect(accepts(state, { type: 'attemptSucceeded', ...at, startedAt: 1, output })).toBe(false);
    expect(accepts(state, { type: 'nodeSkipped', path: 't', cause: 'conditionFalse' })).toBe(false);
    const failure = { reason: 'threw', message: '', retryable: false } as const;
    expect(accepts(state, { type: 'nodeFailed', path: 't', failure })).toBe(false);
    const opened = { kind: 'loop', items: { inline: [1] }, count: 1 } as const;
    expect(accepts(state, { type: 'attemptStarted', path: 'l', attempt: 1, opened })).toBe(false);
  });

  it('says what has ended, but begins no further iteration', () => {
    const run = drive({ l: { kind: 'loop', items: [1, 2], nodes: { x: code() } } })
      .open('l', [1, 2])
      .begin('l[0].x')
      .pause()
      .settle()
      .succeed('l[0].x');
    expect(run.commands()).toEqual(['close body l[0]']);
    expect(run.closeBody('l[0]').commands()).toEqual([]);
    expect(run.resume().settle().commands()).toEqual(['begin l[1].x']);
  });

  it('does not keep from ending what has nothing left to begin, well or badly', () => {
    expect(drive({ a: code() }).begin('a').pause().settle().succeed('a').commands()).toEqual(['succeed']);
    const failing = drive({ a: code(), b: code() }).begin('a').pause().settle().fail('a');
    expect(failing.commands()).toEqual(['fail (threw at a)']);
  });

  it('waits for no retry: those that fell due begin at the resume', () => {
    const run = drive({ a: code({ retry: { attempts: 2, delayMs: 100, jitter: 0 } }) })
      .begin('a')
      .pause()
      .settle();
    run.fail('a');
    expect(nextDueAt(run.state)).toBeNull();
    run.now = 5_000;
    expect(run.commands()).toEqual([]);
    expect(run.resume().settle().commands()).toEqual(['begin a #2']);
  });

  it('stops the clock of the deadline', () => {
    const run = drive({ a: code() });
    run.now = 2_000;
    run.pause().settle();
    run.now = 5_000_000;
    expect(run.commands()).toEqual([]);
    run.resume().settle();
    expect(run.state.deadlineAt).toBe(1_000_000 + 5_000_000 - 2_000);
    expect(run.commands()).toEqual(['begin a']);
  });

  it('gives way to a cancel', () => {
    const run = drive({ a: code(), b: code() }).begin('a').pause().settle().cancel();
    expect(run.commands()).toEqual(['stop a (cancelRequested)']);
    expect(run.canceled('a', 'cancelRequested').commands()).toEqual(['cancel']);
    expect(accepts(run.state, { type: 'pauseRequested', requestedBy: 'test' })).toBe(false);
    expect(accepts(run.state, { type: 'resumeRequested', requestedBy: 'test' })).toBe(false);
  });

  it('comes before the start', () => {
    const run = new Drive(planFor({ a: code() })).pause();
    expect(run.state.status).toBe('paused');
    expect(run.commands()).toEqual([]);
    expect(run.start().commands()).toEqual(['record executionPaused']);
    expect(run.settle().state.status).toBe('paused');
    const resumed = new Drive(planFor({ a: code() })).pause().resume();
    expect(resumed.state.status).toBe('running');
    expect(resumed.start().commands()).toEqual(['record executionResumed']);
  });

  it('that began before the start moves the deadline by the time since the start alone', () => {
    const run = new Drive(planFor({ a: code() })).pause();
    run.now = 3_600_000;
    run.start().settle();
    const deadlineAt = run.state.deadlineAt ?? 0;
    run.now += 500;
    expect(run.resume().settle().state.deadlineAt).toBe(deadlineAt + 500);
  });

  it('that was to end is asked for again before it ended', () => {
    const run = drive({ a: code() }).pause().settle().resume();
    run.now = 3_000;
    expect(run.pause().commands()).toEqual(['record executionPaused']);
    expect(run.settle().state).toMatchObject({ status: 'paused', pause: { at: 1_000, isRecorded: true } });
  });

  it('is taken up by another owner as it was', () => {
    const run = drive({ a: code(), b: code() }).begin('a').pause().settle().abandon('a');
    expect(run.commands()).toEqual([]);
    expect(replay(run.state.plan, run.events)).toEqual(run.state);
    expect(run.resume().settle().commands()).toEqual(['begin b', 'begin a #2']);
  });

  it('is asked for once, and so is its end', () => {
    const run = drive({ a: code() });
    expect(() => run.resume()).toThrow('it is not paused');
    expect(() => run.pause().pause()).toThrow('it is paused');
    expect(() => run.resume().resume()).toThrow('it is not paused');
    expect(() => run.record({ type: 'executionPaused', cause: 'requested' })).toThrow('there is no reason for it');
    expect(() => run.settle().record({ type: 'executionResumed' })).toThrow('there is no reason for it');
    expect(() => run.record({ type: 'executionPaused', cause: 'budgetSoftLimit' })).toThrow('no reason');
  });
});

describe('the soft limit of a budget', () => {
  const nodes = { a: code(), b: code({ after: ['a'] }), c: code({ after: ['b'] }) };
  const budget = { maxCostUsdMicros: 1_000, softCostUsdMicros: 100 };

  it('pauses when it is reached and something would still begin', () => {
    const run = drive(nodes, { budget }).begin('a').succeed('a', null, costing(99));
    expect(run.commands()).toEqual(['begin b']);
    run.begin('b').succeed('b', null, costing(1));
    expect(run.commands()).toEqual(['record executionPaused']);
    expect(run.settle().events.at(-1)).toMatchObject({ cause: 'budgetSoftLimit' });
    expect(run.state).toMatchObject({ status: 'paused', pause: { cause: 'budgetSoftLimit' } });
    expect(run.commands()).toEqual([]);
  });

  it('pauses also when only a retry is left, and never when nothing is', () => {
    const retried = drive({ a: code({ retry: { attempts: 2 } }) }, { budget });
    expect(retried.begin('a').fail('a', {}, costing(500)).commands()).toEqual(['record executionPaused']);
    expect(drive({ a: code() }, { budget }).begin('a').succeed('a', null, costing(500)).commands()).toEqual([
      'succeed',
    ]);
    const running = drive({ a: code(), b: code() }, { budget }).begin('a', 'b').succeed('a', null, costing(500));
    expect(running.commands()).toEqual([]);
  });

  it('first says what has ended, as after that nothing may be left to begin', () => {
    const branches = { x: { nodes: { one: code() } }, y: { nodes: { two: code() } } };
    const run = drive({ p: { kind: 'parallel', merge: 'first', maxConcurrency: 2, branches } }, { budget });
    run.open('p', 'parallel').begin('p.x.one').succeed('p.x.one', null, costing(500));
    expect(run.commands()).toEqual(['close body p.x']);
    expect(run.closeBody('p.x').commands()).toEqual(['close p']);
  });

  it('is lifted by a resume with more, and reached again without', () => {
    const run = drive(nodes, { budget }).begin('a').succeed('a', null, costing(100)).settle();
    run.resume().settle();
    expect(run.events.at(-1)).toMatchObject({ type: 'executionPaused', cause: 'budgetSoftLimit' });
    run.resume({ softCostUsdMicros: 300 }).settle();
    expect(run.commands()).toEqual(['begin b']);
    expect(run.state.budget).toEqual({ maxCostUsdMicros: 1_000n, softCostUsdMicros: 300n });
  });

  it('may be changed while nothing is paused', () => {
    const run = drive(nodes, { budget }).begin('a').resume({ softCostUsdMicros: 300 }).succeed('a', null, costing(150));
    expect(run.commands()).toEqual(['begin b']);
  });

  it('gives way to a pause that was asked for', () => {
    const run = drive(nodes, { budget }).begin('a').pause().succeed('a', null, costing(150)).settle();
    expect(run.state.pause?.cause).toBe('requested');
    expect(run.resume().settle().state.pause?.cause).toBe('budgetSoftLimit');
  });
});

describe('the budget', () => {
  const plan = planFor({}, { budget: { maxCostUsdMicros: 500, softCostUsdMicros: 100 } });
  const startedWith = (budget: object) => createState(plan, { ...requested(), budget }).budget;

  it('is what the blueprint says, or what the start asked for within it', () => {
    expect(createState(plan, requested()).budget).toEqual({ maxCostUsdMicros: 500n, softCostUsdMicros: 100n });
    expect(startedWith({ maxCostUsdMicros: 50 })).toEqual({ maxCostUsdMicros: 50n, softCostUsdMicros: 100n });
    expect(startedWith({ maxCostUsdMicros: 900, softCostUsdMicros: 400 })).toEqual({
      maxCostUsdMicros: 500n,
      softCostUsdMicros: 400n,
    });
  });

  it('is raised by a resume up to what the blueprint allows, and lowered', () => {
    const run = new Drive(plan).start();
    expect(run.resume({ maxCostUsdMicros: 200 }).state.budget.maxCostUsdMicros).toBe(200n);
    expect(run.resume({ maxCostUsdMicros: 9_000 }).state.budget.maxCostUsdMicros).toBe(500n);
    expect(run.state.budget.softCostUsdMicros).toBe(100n);
  });
});
