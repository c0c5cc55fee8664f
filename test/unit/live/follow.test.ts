import { describe, expect, it } from 'vitest';
import type { NodeMap } from '../../../src/blueprint/node.ts';
import { DEFAULT_TENANT, TenantId } from '../../../src/core/ids.ts';
import type { ExecutionEvent } from '../../../src/execution/events.ts';
import type { StreamMessage } from '../../../src/live/follow-message.ts';
import { code, Drive, drive, planFor } from '../../support/drive.ts';
import { createLiveBench, EXECUTION_ID, MAX_LAG_MS, settled, type LiveBench } from '../../support/live.ts';

const LOOP: NodeMap = {
  each: { kind: 'loop', items: [], concurrency: 1000, nodes: { step: code() } },
  last: code({ after: ['each'] }),
};

/** A loop of 250 items: more than seven pages of events. */
function longRun(): { readonly plan: ReturnType<typeof planFor>; readonly events: readonly ExecutionEvent[] } {
  const plan = planFor(LOOP);
  const run = new Drive(plan).start().open(
    'each',
    Array.from({ length: 250 }, (_, index) => index),
  );
  for (let index = 0; index < 250; index += 1) run.run(`each[${index}].step`).closeBody(`each[${index}]`);
  run.succeed('each').run('last');
  return { plan, events: run.record({ type: 'executionSucceeded', output: { inline: null } }).events };
}

const twoSteps = (): Drive =>
  drive({ a: code(), b: code({ after: ['a'] }) })
    .run('a', 'b')
    .record({ type: 'executionSucceeded', output: { inline: 'done' } });

const benchOf = ({ state, events }: Drive): LiveBench => createLiveBench(state.plan, events);
const kinds = (messages: readonly StreamMessage[]): readonly string[] =>
  messages.map((message) => `${message.type} ${sequenceOf(message)}`);
const sequenceOf = (message: StreamMessage | undefined): number | undefined =>
  message !== undefined && 'sequence' in message ? message.sequence : undefined;

describe('A follower', () => {
  it('begins with a snapshot, hears each commit, and completes after the last event', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(2, 'lost');
    const reader = await bench.follow();
    await reader.drain();
    bench.commit(1, 'gift');
    await reader.drain();
    bench.commit(4, 'hint');
    await reader.drain();
    expect(kinds(reader.messages)).toEqual(['snapshot 2', 'events 3', 'events 7']);
    expect(reader.isDone).toBe(true);
  });

  it('gets what it missed, one snapshot and the end of an execution that is finished', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(7, 'lost');
    const [fromStart, fromEnd, withoutPlace] = await Promise.all([
      bench.follow({ after: 0 }),
      bench.follow({ after: 7 }),
      bench.follow(),
    ]);
    for (const reader of [fromStart, fromEnd, withoutPlace]) await reader.drain();
    expect(kinds(fromStart.messages)).toEqual(['events 7', 'snapshot 7']);
    expect(kinds(fromEnd.messages)).toEqual(['snapshot 7']);
    expect(kinds(withoutPlace.messages)).toEqual(['snapshot 7']);
    expect([fromStart, fromEnd, withoutPlace].every(({ isDone }) => isDone)).toBe(true);
  });

  it('gets a long history in pages of 100', async () => {
    const { plan, events } = longRun();
    const bench = createLiveBench(plan, events);
    bench.commit(events.length, 'lost');
    const reader = await bench.follow({ after: 0 });
    await reader.drain();
    const pages = reader.messages.flatMap((message) => (message.type === 'events' ? [message.events.length] : []));
    expect(pages).toEqual([100, 100, 100, 100, 100, 100, 100, events.length - 700]);
    expect(reader.messages.at(-1)?.type).toBe('snapshot');
  });

  it('counts the items of a loop and lists the loop alone', async () => {
    const { plan, events } = longRun();
    const bench = createLiveBench(plan, events);
    bench.commit(103, 'lost');
    const reader = await bench.follow();
    await reader.pull();
    const [snapshot] = reader.messages;
    const nodes = snapshot?.type === 'snapshot' ? snapshot.nodes : [];
    expect(nodes.map(({ path, progress }) => [path, progress])).toEqual([
      ['each', { done: 33, total: 250 }],
      ['last', undefined],
    ]);
  });

  it('lets terminal events pass every filter, and moves its place on with what it leaves out', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(7, 'lost');
    const byName = await bench.follow({ after: 0, filter: { nodeNames: new Set(['b']) } });
    const byType = await bench.follow({ after: 0, filter: { types: new Set(['attemptStarted']) } });
    for (const reader of [byName, byType]) await reader.drain();
    const sequences = (messages: readonly StreamMessage[]): readonly (readonly number[])[] =>
      messages.flatMap((message) =>
        message.type === 'events' ? [message.events.map(({ sequence }) => sequence)] : [],
      );
    expect(sequences(byName.messages)).toEqual([[5, 6, 7]]);
    expect(sequences(byType.messages)).toEqual([[3, 5, 7]]);
    expect(sequenceOf(byType.messages[0])).toBe(7);
  });

  it('does not read the journal again for a thousand others', async () => {
    const { plan, events } = longRun();
    const bench = createLiveBench(plan, events);
    bench.commit(2, 'lost');
    const readers = await Promise.all(Array.from({ length: 1_000 }, () => bench.follow()));
    await Promise.all(readers.map((reader) => reader.drain()));
    while (bench.committed < events.length) {
      bench.commit(50, bench.committed % 100 === 2 ? 'gift' : 'hint');
      await Promise.all(readers.map((reader) => reader.drain()));
    }
    expect(readers.every(({ isDone }) => isDone)).toBe(true);
    expect(bench.statements.single).toBe(1);
    expect(bench.statements.batched).toBeLessThan(20);
    const [first, second] = readers.map(({ messages }) => messages);
    // The same objects: what one message costs is paid once.
    expect(first?.every((message, index) => message === second?.[index])).toBe(true);
  });

  it('shares one read of each page with others that catch up', async () => {
    const { plan, events } = longRun();
    const bench = createLiveBench(plan, events);
    bench.commit(events.length, 'lost');
    const readers = await Promise.all(Array.from({ length: 200 }, () => bench.follow({ after: 0 })));
    await Promise.all(readers.map((reader) => reader.drain()));
    expect(bench.statements.batched).toBeLessThanOrEqual(10);
  });

  it('tells of which instant its live messages are, and nothing of what it had missed', async () => {
    const { state, events } = twoSteps();
    const bench = createLiveBench(state.plan, events);
    bench.commit(2, 'lost');
    const reader = await bench.follow({ after: 0 });
    await reader.drain();
    expect(bench.delivered).toEqual([]);
    bench.commit(1, 'gift');
    await reader.drain();
    bench.commit(2, 'gift');
    await reader.drain();
    expect(bench.delivered).toEqual([events[2]?.at, events[4]?.at]);
  });

  it('reads at its own pace and gets the same events in fewer messages', async () => {
    const { plan, events } = longRun();
    const bench = createLiveBench(plan, events);
    bench.commit(2, 'lost');
    const slow = await bench.follow();
    await slow.pull();
    while (bench.committed < events.length) {
      bench.commit(7, 'gift');
      bench.clock.advance(100);
      await settled();
    }
    await slow.drain();
    const sequences = slow.messages.flatMap((message) =>
      message.type === 'events' ? message.events.map(({ sequence }) => sequence) : [],
    );
    expect(sequences).toEqual(events.slice(2).map(({ sequence }) => sequence));
    expect(slow.messages.length).toBeLessThan(15);
  });

  it('is told to subscribe again when an event waited for it too long', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(2, 'lost');
    const reader = await bench.follow();
    await reader.drain();
    bench.commit(1, 'gift');
    await settled();
    bench.commit(1, 'gift');
    await settled();
    bench.clock.advance(MAX_LAG_MS + 1);
    await reader.drain();
    expect(kinds(reader.messages)).toEqual(['snapshot 2', 'events 3', 'lagged 3']);
    expect(reader.isDone).toBe(true);
  });

  it('may be quiet for hours without being slow', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(2, 'lost');
    const reader = await bench.follow();
    await reader.drain();
    bench.clock.advance(100 * MAX_LAG_MS);
    await settled();
    bench.commit(1, 'gift');
    await reader.drain();
    expect(kinds(reader.messages)).toEqual(['snapshot 2', 'events 3']);
  });

  it('finds what no hint told within a second', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(2, 'lost');
    const reader = await bench.follow();
    await reader.drain();
    bench.commit(2, 'lost');
    await reader.drain();
    expect(reader.messages).toHaveLength(1);
    bench.clock.advance(1_000);
    await settled();
    await reader.drain();
    expect(kinds(reader.messages)).toEqual(['snapshot 2', 'events 4']);
  });

  it('waits while the database is away and goes on without a gap', async () => {
    const { plan, events } = longRun();
    const bench = createLiveBench(plan, events);
    bench.commit(events.length, 'lost');
    const reader = await bench.follow({ after: 0 });
    await reader.pull();
    bench.fail(true);
    await reader.pull();
    bench.clock.advance(10_000);
    await settled();
    expect(kinds(reader.messages)).toEqual(['events 100']);
    bench.fail(false);
    bench.clock.advance(1_000);
    await reader.drain();
    expect(reader.messages.map(sequenceOf)).toEqual([100, 200, 300, 400, 500, 600, 700, 757, 757]);
  });

  it('ends at once when its client goes, also while nothing happens', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(2, 'lost');
    const [waiting, unbegun] = await Promise.all([bench.follow(), bench.follow()]);
    await waiting.drain();
    expect(bench.views.size).toBe(1);
    await Promise.all([waiting.cut(), unbegun.cut()]);
    await waiting.pull();
    expect(waiting.isDone).toBe(true);
    expect(bench.views.size).toBe(0);
  });

  it('fails when the journal holds what cannot be', async () => {
    const impossible: ExecutionEvent = {
      type: 'attemptFailed',
      sequence: 3,
      at: 1,
      path: 'none',
      attempt: 1,
      failure: { reason: 'threw', message: '', retryable: false },
    };
    const bench = createLiveBench(planFor({ a: code() }), [...drive({ a: code() }).events, impossible]);
    bench.commit(2, 'lost');
    const reader = await bench.follow();
    await reader.drain();
    bench.commit(1, 'gift');
    await expect(reader.pull()).rejects.toThrow('cannot follow');
  });
});

describe('The views of executions', () => {
  it('do not know an execution of another tenant', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(2, 'lost');
    const other = TenantId.parse('00000000-0000-7000-8000-00000000000f');
    expect(await bench.views.acquire(other, EXECUTION_ID)).toBeUndefined();
    expect((await bench.views.acquire(DEFAULT_TENANT, EXECUTION_ID))?.view.sequence).toBe(2);
  });

  it('forget what failed to open', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(2, 'lost');
    bench.fail(true);
    await expect(bench.follow()).rejects.toThrow('away');
    bench.fail(false);
    const reader = await bench.follow();
    await reader.drain();
    expect(kinds(reader.messages)).toEqual(['snapshot 2']);
  });

  it('keep a finished execution for those who ask again', async () => {
    const bench = benchOf(twoSteps());
    bench.commit(7, 'lost');
    for (let round = 0; round < 3; round += 1) await (await bench.follow()).drain();
    expect(bench.statements.single).toBe(1);
  });

  it('pass on events of a newer release, and what comes after them', async () => {
    const { state, events } = twoSteps();
    const journal = events.map((event) =>
      event.sequence === 3 ? { type: 'unknown' as const, sequence: 3, at: event.at } : event,
    );
    const bench = createLiveBench(state.plan, journal);
    bench.commit(7, 'lost');
    const reader = await bench.follow({ after: 0 });
    await reader.drain();
    const [first] = reader.messages;
    expect(first?.type === 'events' ? first.events.map(({ type }) => type) : []).toEqual(
      journal.map(({ type }) => type),
    );
  });
});
