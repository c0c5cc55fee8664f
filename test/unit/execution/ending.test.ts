import { describe, expect, it } from 'vitest';
import { decide, nextDueAt } from '../../../src/execution/decide.ts';
import { canceledEvent } from '../../../src/execution/ending.ts';
import { abandonedAttempts } from '../../../src/execution/replay.ts';
import { Drive, code, drive, planFor } from '../../support/drive.ts';

describe('a cancel', () => {
  it('stops what runs, begins nothing more, and ends with a receipt of what was stopped', () => {
    const run = drive({ a: code(), b: code(), c: code() }).begin('a', 'b');
    run.now = 2_000;
    run.cancel();
    expect(run.commands()).toEqual(['stop a (cancelRequested)', 'stop b (cancelRequested)']);
    run.canceled('a', 'cancelRequested').succeed('b');
    expect(run.commands()).toEqual(['cancel']);
    run.now = 2_050;
    expect(canceledEvent(run.state, run.now)).toEqual({
      type: 'executionCanceled',
      stopped: [{ path: 'a', attempt: 1 }],
      quietMs: 50,
    });
    run.record(canceledEvent(run.state, run.now));
    expect(run.state).toMatchObject({
      status: 'canceled',
      failure: undefined,
      cancel: { at: 2_000, requestedBy: 'test' },
    });
  });

  it('ends an execution that has not started', () => {
    const run = new Drive(planFor({ a: code() })).cancel();
    expect(run.commands()).toEqual(['cancel']);
  });

  it('ends one that only waits', () => {
    const run = drive({ a: code({ retry: { attempts: 2 } }) })
      .begin('a')
      .fail('a')
      .cancel();
    expect(run.commands()).toEqual(['cancel']);
    expect(nextDueAt(run.state)).toBeNull();
  });

  it('reaches into loops and branches, and gives each composite its outcome from the inside out', () => {
    const inner = { l: { kind: 'loop', items: [1, 2], concurrency: 2, nodes: { x: code() } } } as const;
    const run = drive({ both: { kind: 'parallel', branches: { one: { nodes: inner } } } });
    run.open('both', 'parallel').open('both.one.l', [1, 2]).begin('both.one.l[0].x').cancel();
    expect(run.commands()).toEqual(['stop both.one.l[0].x (cancelRequested)']);
    run.canceled('both.one.l[0].x', 'cancelRequested');
    expect(run.commands()).toEqual(['record attemptCanceled both.one.l']);
    expect(run.settle().commands()).toEqual(['cancel']);
    expect(run.events.slice(-2)).toMatchObject([{ path: 'both.one.l' }, { path: 'both' }]);
    expect(canceledEvent(run.state, run.now)).toMatchObject({ stopped: [{ path: 'both.one.l[0].x', attempt: 1 }] });
  });

  it('is asked for once: a second request changes nothing', () => {
    const run = drive({ a: code() }).cancel();
    run.now = 5_000;
    expect(run.cancel().state.cancel?.at).toBe(1_000);
  });

  it('comes too late for an execution that is failing', () => {
    const run = drive({ a: code(), b: code() }).begin('a', 'b').fail('a').cancel().canceled('b', 'cancelRequested');
    expect(run.commands()).toEqual(['fail (threw at a)']);
  });

  it('goes before a good end that is not recorded yet', () => {
    expect(drive({ a: code() }).run('a').cancel().commands()).toEqual(['cancel']);
  });
});

describe('the deadline', () => {
  it('stops what runs and fails the execution', () => {
    const run = drive({ a: code(), b: code() }).begin('a');
    run.now = 1_000_000;
    expect(run.commands()).toEqual(['stop a (deadlinePassed)']);
    run.canceled('a', 'deadlinePassed');
    expect(run.commands()).toEqual(['fail (deadlinePassed at the top)']);
    expect(run.status('b')).toBe('canceled');
  });

  it('gives open composites their outcome first', () => {
    const run = drive({ l: { kind: 'loop', items: [1], nodes: { x: code() } } }).open('l', [1]);
    run.now = 1_000_000;
    expect(run.commands()).toEqual(['record attemptCanceled l']);
    expect(run.settle().commands()).toEqual(['fail (deadlinePassed at the top)']);
  });

  it('is when the shell must look again, and only once', () => {
    const run = drive({ a: code() }).begin('a');
    expect(nextDueAt(run.state)).toBe(1_000_000);
    expect(nextDueAt(run.state, 1_000_000)).toBeNull();
  });

  it('does not take back what has ended well', () => {
    const run = drive({ a: code() }).run('a');
    run.now = 2_000_000;
    expect(run.commands()).toEqual(['succeed']);
    expect(nextDueAt(run.state)).toBeNull();
  });

  it('fails an execution in which nothing runs at once', () => {
    const run = drive({ a: code() });
    expect(decide(run.state, 1_000_000)).toMatchObject([{ type: 'fail', failure: { reason: 'deadlinePassed' } }]);
    run.record({ type: 'executionFailed', failure: { reason: 'deadlinePassed', message: '', retryable: false } });
    expect(run.status('a')).toBe('canceled');
  });
});

describe('an abandoned attempt', () => {
  it('is begun again at once, without using up a retry', () => {
    const run = drive({ a: code({ retry: { attempts: 2, delayMs: 0 } }) });
    run.begin('a').abandon('a').begin('a').abandon('a', 'shutdown').begin('a').fail('a');
    expect(run.commands()).toEqual(['begin a #4']);
  });

  it('fails a node that may not be repeated', () => {
    const run = drive({ a: code({ onAbandon: 'fail' }) })
      .begin('a')
      .abandon('a');
    expect(run.commands()).toEqual(['record nodeFailed a']);
    expect(run.settle().commands()).toEqual(['fail (orchestratorCrashed at a)']);
  });

  it('is every attempt that has no outcome when the owner is gone, and no composite', () => {
    const run = drive({ a: code(), l: { kind: 'loop', items: [1], nodes: { x: code() } } });
    run.begin('a').open('l', [1]).begin('l[0].x');
    expect(abandonedAttempts(run.state, 'ownerDied')).toMatchObject([{ path: 'a' }, { path: 'l[0].x' }]);
  });
});

describe('owners that die in a row', () => {
  const crash = (run: Drive, times: number): Drive => {
    for (let time = 0; time < times; time += 1) run.begin('a', 'b').abandon('a').abandon('b');
    return run;
  };

  it('fail the execution at the fifth', () => {
    const run = crash(drive({ a: code(), b: code() }), 4);
    expect(run.state.crashCount).toBe(4);
    expect(run.commands()).toEqual(['begin a #5', 'begin b #5']);
    expect(crash(run, 1).commands()).toEqual(['fail (orchestratorCrashed at the top)']);
  });

  it('are forgiven by an outcome', () => {
    const run = crash(drive({ a: code(), b: code(), c: code() }), 4);
    run.run('c');
    expect(crash(run, 1).commands()).toEqual(['begin a #6', 'begin b #6']);
  });

  it('are not counted when they closed down in order', () => {
    const run = drive({ a: code() });
    for (let time = 0; time < 9; time += 1) run.begin('a').abandon('a', 'shutdown');
    expect(run.state.crashCount).toBe(0);
  });

  it('leave composites that are canceled before the end', () => {
    const run = drive({ l: { kind: 'loop', items: [1], nodes: { x: code() } } }).open('l', [1]);
    for (let time = 0; time < 5; time += 1) run.begin('l[0].x').abandon('l[0].x');
    expect(run.commands()).toEqual(['record attemptCanceled l']);
    expect(run.settle().commands()).toEqual(['fail (orchestratorCrashed at the top)']);
  });
});

describe('a history that becomes too long', () => {
  it('fails the execution while there is room for its end', () => {
    const run = drive({ a: code(), b: code() }).begin('b');
    while (run.commands()[0]?.startsWith('begin a') === true) run.begin('a').abandon('a', 'shutdown');
    expect(run.commands()).toEqual(['stop b (siblingFailed)']);
    expect(run.state.lastSequence).toBeGreaterThan(90_000);
    expect(run.state.lastSequence).toBeLessThan(95_000);
    run.canceled('b', 'siblingFailed');
    expect(run.commands()).toEqual(['fail (historyTooLong at the top)']);
  });
});
