import { describe, expect, it } from 'vitest';
import type { NodeMap } from '../../../src/blueprint/node.ts';
import { apply } from '../../../src/execution/apply.ts';
import type { EventDraft } from '../../../src/execution/events.ts';
import { projection } from '../../../src/execution/projection.ts';
import { accepts, refusalOf } from '../../../src/execution/refusal.ts';
import { replay, toEvent } from '../../../src/execution/replay.ts';
import { EVENT_TYPE_CODES } from '../../../src/execution/events.ts';
import { isFinished } from '../../../src/execution/status.ts';
import { Drive, code, drive, failure, planFor, requested } from '../../support/drive.ts';
import { eventOfEachType } from './each-event.ts';

const output = { inline: null };
const nodes: NodeMap = {
  a: code(),
  t: { kind: 'transform', output: 1 },
  l: { kind: 'loop', items: [1], nodes: { x: code() } },
  c: { kind: 'condition', branches: [{ when: 'true' }] },
};

describe('an event that cannot follow', () => {
  it('is refused after a gap', () => {
    const { state } = drive(nodes);
    expect(() => {
      apply(state, { ...toEvent(state, { type: 'cancelRequested', requestedBy: 'me' }, 1), sequence: 9 });
    }).toThrow('Event 9 (cancelRequested) cannot follow event 2: its sequence leaves a gap.');
  });

  it('is refused with the node that it does not fit', () => {
    const run = drive(nodes).begin('a');
    expect(() => run.begin('a')).toThrow('node "a" is running, attempt 1');
  });

  it('is any after the end', () => {
    const run = drive({}).record({ type: 'executionSucceeded', output });
    expect(isFinished(run.state.status)).toBe(true);
    for (const event of eventOfEachType()) expect(accepts(run.state, event)).toBe(false);
  });

  const refused: readonly (readonly [why: string, run: () => Drive, draft: EventDraft])[] = [
    ['a second request', () => drive(nodes), { ...requested() }],
    ['a second start', () => drive(nodes), { type: 'executionStarted', tools: {}, deadlineAt: 1 }],
    ['a node before the start', () => new Drive(planFor(nodes)), { type: 'attemptStarted', path: 'a', attempt: 1 }],
    ['a node that is not there', () => drive(nodes), { type: 'attemptStarted', path: 'b', attempt: 1 }],
    ['an attempt out of order', () => drive(nodes), { type: 'attemptStarted', path: 'a', attempt: 2 }],
    ['a composite that opens nothing', () => drive(nodes), { type: 'attemptStarted', path: 'l', attempt: 1 }],
    [
      'a leaf that opens',
      () => drive(nodes),
      { type: 'attemptStarted', path: 'a', attempt: 1, opened: { kind: 'parallel' } },
    ],
    [
      'a branch that is not there',
      () => drive(nodes),
      { type: 'attemptStarted', path: 'c', attempt: 1, opened: { kind: 'condition', branch: 1 } },
    ],
    ['an outcome without start', () => drive(nodes), { type: 'attemptSucceeded', path: 'a', attempt: 1, output }],
    [
      'a start and end in one of a composite',
      () => drive(nodes),
      { type: 'attemptSucceeded', path: 'l', attempt: 1, startedAt: 1, output },
    ],
    [
      'the end of a composite that goes on',
      () => drive(nodes).open('l', [1]),
      { type: 'attemptSucceeded', path: 'l', attempt: 1, output },
    ],
    [
      'the failure of another attempt',
      () => drive(nodes).begin('a'),
      { type: 'attemptFailed', path: 'a', attempt: 2, failure: failure() },
    ],
    [
      'the failure of what runs as an attempt',
      () => drive(nodes).begin('a'),
      { type: 'nodeFailed', path: 'a', failure: failure() },
    ],
    [
      'an abandoned composite',
      () => drive(nodes).open('l', [1]),
      { type: 'attemptAbandoned', path: 'l', attempt: 1, cause: 'ownerDied' },
    ],
    [
      'a stop that nobody asked for',
      () => drive(nodes).begin('a'),
      { type: 'attemptCanceled', path: 'a', attempt: 1, cause: 'siblingFailed' },
    ],
    [
      'the stop of what does not run',
      () => drive(nodes),
      { type: 'attemptCanceled', path: 'a', attempt: 0, cause: 'deadlinePassed' },
    ],
    [
      'the stop of a composite before that of its nodes',
      () => drive(nodes).open('l', [1]).begin('l[0].x').cancel(),
      { type: 'attemptCanceled', path: 'l', attempt: 1, cause: 'cancelRequested' },
    ],
    ['a skip that was not decided', () => drive(nodes), { type: 'nodeSkipped', path: 'a', cause: 'dependencySkipped' }],
    [
      'a body with nodes that go on',
      () => drive(nodes).open('l', [1]),
      { type: 'bodySucceeded', path: 'l[0]', output },
    ],
    ['a body that is a node', () => drive(nodes), { type: 'bodySucceeded', path: 'a', output }],
    ['a good end too early', () => drive(nodes), { type: 'executionSucceeded', output }],
    [
      'a failed end while something runs',
      () => drive(nodes).begin('a'),
      { type: 'executionFailed', failure: failure() },
    ],
    ['a failed end after a cancel', () => drive(nodes).cancel(), { type: 'executionFailed', failure: failure() }],
    [
      'a canceled end that nobody asked for',
      () => drive(nodes),
      { type: 'executionCanceled', stopped: [], quietMs: 0 },
    ],
  ];
  it.each(refused)('is %s', (_why, run, draft) => {
    const { state } = run();
    expect(refusalOf(state, draft)).toBeTypeOf('string');
    expect(() => {
      apply(state, toEvent(state, draft, 1));
    }).toThrow('cannot follow');
  });
});

describe('an outcome in hand', () => {
  it('is not wanted any more when a sibling has failed since', () => {
    const run = drive(nodes);
    const draft: EventDraft = { type: 'attemptSucceeded', path: 't', attempt: 1, startedAt: 1, output };
    expect(accepts(run.state, draft)).toBe(true);
    expect(accepts(run.failNode('a').state, draft)).toBe(false);
  });

  it('of a branch is not wanted when another was the first', () => {
    const branches = { a: {}, b: {} };
    const run = drive({ p: { kind: 'parallel', merge: 'first', branches } }).open('p', 'parallel');
    expect(run.commands()).toEqual(['close body p.a', 'close body p.b']);
    expect(accepts(run.closeBody('p.b').state, { type: 'bodySucceeded', path: 'p.a', output })).toBe(false);
  });
});

describe('a journal', () => {
  it('begins with a request', () => {
    expect(() => replay(planFor({}), [])).toThrow('A journal begins with executionRequested.');
    expect(() => replay(planFor({}), eventOfEachType().slice(1))).toThrow('A journal begins');
  });

  it('with an event of a newer release shows the rest', () => {
    const run = drive(nodes);
    apply(run.state, { type: 'unknown', sequence: 3, at: 5_000 });
    expect(run.begin('a').state).toMatchObject({ lastSequence: 4, lastAt: 5_000 });
  });

  it('never runs backwards in time', () => {
    const run = drive(nodes);
    run.now = 10;
    expect(run.begin('a').events.at(-1)?.at).toBe(1_000);
  });

  it('pins the tools of the start', () => {
    const run = new Drive(planFor({}));
    expect(run.record({ type: 'executionStarted', tools: { x: '1' }, deadlineAt: 5 }).state).toMatchObject({
      tools: { x: '1' },
      deadlineAt: 5,
      startedAt: 1_000,
    });
  });
});

describe('the projection', () => {
  it('is what lists show', () => {
    const run = drive(nodes)
      .begin('a')
      .succeed('a', null, {
        usage: { cpuMs: 1, wallMs: 2, peakMemoryBytes: 3, inputTokens: 4, outputTokens: 5, costUsdMicros: 6 },
      });
    expect(projection(run.state)).toEqual({
      status: 'running',
      done: 1,
      total: 4,
      cpuMs: 1,
      wallMs: 2,
      peakMemoryBytes: 3,
      inputTokens: 4,
      outputTokens: 5,
      costUsdMicros: 6n,
    });
  });

  it('has a number for each type of event', () => {
    expect(new Set(Object.values(EVENT_TYPE_CODES)).size).toBe(Object.keys(EVENT_TYPE_CODES).length);
  });
});
