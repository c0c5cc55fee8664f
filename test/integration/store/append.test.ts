import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, type BlueprintId } from '../../../src/core/ids.ts';
import type { Committed } from '../../../src/execution/committed.ts';
import type { BatchReport } from '../../../src/store/batcher.ts';
import type { Stores } from '../../../src/store/stores.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  appendRequest,
  AT,
  finished,
  insertBlueprint,
  newExecutionId,
  RUNNING,
  sequencesOf,
  startOwned,
  startRequest,
  succeeded,
  upTo,
} from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };

describe.each(Object.entries(databases))('the journal on %s', (_name, open) => {
  let opened: TestDatabase;
  let stores: Stores;
  let blueprint: BlueprintId;
  const committed: (readonly Committed[])[] = [];
  const batches: BatchReport[] = [];

  beforeAll(async () => {
    opened = await open({ onCommitted: (news) => committed.push(news), onBatch: (report) => batches.push(report) });
    stores = opened.stores;
    blueprint = await insertBlueprint(stores);
  });
  afterAll(() => opened.close());

  const read = async (id: Parameters<typeof sequencesOf>[1]) =>
    (await stores.events.read(DEFAULT_TENANT, id, 0, 1_000)).events;

  test('an owner appends under its token and after the last sequence', async () => {
    const { id } = await startOwned(stores, blueprint);
    const answer = await stores.events.append(appendRequest(id, { events: [succeeded(2), succeeded(3)] }));
    expect(answer).toBe('wrote');
    const [, second, third] = await read(id);
    expect([second, third]).toEqual([succeeded(2), succeeded(3)]);
  });

  test('under an older token nothing is written', async () => {
    const { id } = await startOwned(stores, blueprint);
    expect(await stores.events.append(appendRequest(id, { leaseToken: 0 }))).toBe('stale');
    expect(await sequencesOf(stores, id)).toEqual([1]);
  });

  test('after a request came first, the owner is told that the execution moved', async () => {
    const { id } = await startOwned(stores, blueprint);
    const at = AT + 1;
    const cancel = { tenant: DEFAULT_TENANT, executionId: id, at, requestedBy: 'Ada', reason: 'enough' };
    expect(await stores.events.requestCancel(cancel)).toBe('recorded');
    expect(await stores.events.append(appendRequest(id))).toBe('moved');
    expect(await stores.events.append(appendRequest(id, { expected: 2 }))).toBe('wrote');
    const [, event] = await read(id);
    expect(event).toEqual({ type: 'cancelRequested', sequence: 2, at, requestedBy: 'Ada', reason: 'enough' });
  });

  test('a cancel is recorded once, and not after the end or of nothing', async () => {
    const { id } = await startOwned(stores, blueprint);
    const cancel = { tenant: DEFAULT_TENANT, executionId: id, at: AT, requestedBy: 'Ada', reason: undefined };
    const answers = await Promise.all([1, 2, 3].map(() => stores.events.requestCancel(cancel)));
    expect(answers.toSorted()).toEqual(['alreadyRequested', 'alreadyRequested', 'recorded']);
    const end = { events: [finished(3)], expected: 2, projection: { ...RUNNING, status: 'canceled' as const } };
    expect(await stores.events.append(appendRequest(id, end))).toBe('wrote');
    expect(await stores.events.requestCancel(cancel)).toBe('finished');
    expect(await stores.events.requestCancel({ ...cancel, executionId: newExecutionId() })).toBe('notFound');
  });

  test('a request is never before the event that it follows', async () => {
    const { id } = await startOwned(stores, blueprint);
    await stores.events.append(appendRequest(id));
    const early = { tenant: DEFAULT_TENANT, executionId: id, at: AT - 5_000, requestedBy: 'Ada', reason: undefined };
    await stores.events.requestCancel(early);
    expect((await read(id)).map(({ at }) => at)).toEqual([AT, AT + 2, AT + 2]);
  });

  test('after the end nothing is written under the same token', async () => {
    const { id } = await startOwned(stores, blueprint);
    const projection = { ...RUNNING, status: 'succeeded' as const };
    await stores.events.append(appendRequest(id, { events: [finished(2)], projection }));
    expect(await stores.events.append(appendRequest(id, { expected: 2 }))).toBe('stale');
    const [record] = await stores.executions.getMany(DEFAULT_TENANT, [id]);
    expect(record).toMatchObject({ status: 'succeeded', lastSequence: 2, finishedAt: AT + 2 });
  });

  test('two appends of one execution that wait together are written one after the other', async () => {
    const { id } = await startOwned(stores, blueprint);
    const answers = await Promise.all([
      stores.events.append(appendRequest(id)),
      stores.events.append(appendRequest(id, { expected: 2 })),
      stores.events.append(appendRequest(id, { expected: 2 })),
    ]);
    expect(answers).toEqual(['wrote', 'wrote', 'moved']);
    expect(await sequencesOf(stores, id)).toEqual([1, 2, 3]);
  });

  test('what waits together is one batch, and is told of once', async () => {
    const started = await Promise.all(upTo(30).map(() => startOwned(stores, blueprint)));
    batches.length = 0;
    committed.length = 0;
    const fresh = upTo(5).map(() => startRequest(blueprint));
    const answers = await Promise.all([
      ...started.map(({ id }) => stores.events.append(appendRequest(id))),
      ...fresh.map((request) => stores.executions.start(request)),
    ]);
    expect(new Set(answers.map((answer) => (typeof answer === 'string' ? answer : answer.type)))).toEqual(
      new Set(['wrote', 'created']),
    );
    expect(batches).toMatchObject([{ executions: 35, events: 35 }]);
    expect(committed.map((news) => news.length)).toEqual([35]);
  });

  test('a bad entry of a batch harms nobody else in it', async () => {
    const started = await Promise.all(upTo(20).map(() => startOwned(stores, blueprint)));
    const tooLong = 'p'.repeat(10_000);
    const answers = await Promise.allSettled(
      started.map(({ id }, index) => {
        const events = index === 7 ? [{ ...succeeded(2), path: tooLong }] : [succeeded(2)];
        return stores.events.append(appendRequest(id, { events }));
      }),
    );
    const wrote = answers.filter((answer) => answer.status === 'fulfilled' && answer.value === 'wrote');
    expect(wrote).toHaveLength(19);
    expect(answers[7]).toMatchObject({ status: 'rejected' });
    const id = started[7]?.id ?? newExecutionId();
    expect(await stores.events.append(appendRequest(id))).toBe('wrote');
  });

  test('an execution of an unknown blueprint is refused alone', async () => {
    const bad = startRequest(await insertBlueprint(stores), { blueprintVersion: 99 });
    const good = startRequest(blueprint);
    const answers = await Promise.allSettled([bad, good].map((request) => stores.executions.start(request)));
    expect(answers).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: { type: 'created' } }]);
    expect(await stores.executions.getMany(DEFAULT_TENANT, [bad.id])).toEqual([undefined]);
  });

  test('an append that is larger than a batch is written whole, and ends the execution with its last part', async () => {
    const { id } = await startOwned(stores, blueprint);
    const events = [...upTo(2_499).map((index) => succeeded(index + 1)), finished(2_501)];
    const projection = { ...RUNNING, status: 'succeeded' as const };
    expect(await stores.events.append(appendRequest(id, { events, projection }))).toBe('wrote');
    expect(await sequencesOf(stores, id)).toEqual(upTo(2_501));
    const [record] = await stores.executions.getMany(DEFAULT_TENANT, [id]);
    expect(record).toMatchObject({ status: 'succeeded', lastSequence: 2_501 });
  });

  test('NUL, lone surrogates and every other text come back as they were', async () => {
    const { id } = await startOwned(stores, blueprint);
    const texts = ['\u0000', 'a\ud800b', '\udc00', '😀', '\\u0000', '', '"\n\t'];
    const events = texts.map((text, index) => succeeded(index + 2, text));
    expect(await stores.events.append(appendRequest(id, { events }))).toBe('wrote');
    expect((await read(id)).slice(1)).toEqual(events);
  });

  test('pages go forward and backward, and single events are found', async () => {
    const { id } = await startOwned(stores, blueprint);
    const events = upTo(9).map((index) => succeeded(index + 1));
    await stores.events.append(appendRequest(id, { events }));
    const numbers = (some: readonly ({ readonly sequence: number } | undefined)[]) => some.map((one) => one?.sequence);
    expect(numbers((await stores.events.read(DEFAULT_TENANT, id, 3, 2)).events)).toEqual([4, 5]);
    expect(numbers((await stores.events.readBackward(DEFAULT_TENANT, id, 10, 3)).events)).toEqual([7, 8, 9]);
    const keys = [10, 99, 1].map((sequence) => ({ executionId: id, sequence }));
    expect(numbers(await stores.events.getEvents(DEFAULT_TENANT, keys))).toEqual([10, undefined, 1]);
    const other = await startOwned(stores, blueprint);
    const requests = [
      { tenant: DEFAULT_TENANT, executionId: other.id, after: 1 },
      { tenant: DEFAULT_TENANT, executionId: id, after: 8 },
    ];
    const pages = await stores.events.readMany(requests, { events: 100, bytes: 100_000 });
    expect(pages.map(({ events: found, more }) => [numbers(found), more])).toEqual([
      [[], false],
      [[9, 10], false],
    ]);
  });

  test('a page of one execution ends by bytes too, in both directions, and says that there is more', async () => {
    const { id } = await startOwned(stores, blueprint);
    const large = 'x'.repeat(256 * 1024);
    for (let first = 2; first <= 38; first += 4) {
      const events = upTo(4).map((index) => succeeded(first + index - 1, large));
      await stores.events.append(appendRequest(id, { expected: first - 1, events }));
    }
    const forward = await stores.events.read(DEFAULT_TENANT, id, 0, 1_000);
    const backward = await stores.events.readBackward(DEFAULT_TENANT, id, 100, 1_000);
    expect([forward.more, forward.events[0]?.sequence, backward.more, backward.events.at(-1)?.sequence]).toEqual([
      true,
      1,
      true,
      41,
    ]);
    expect(forward.events.length).toBeLessThan(36);
    expect(backward.events.length).toBeLessThan(36);
    const rest = await stores.events.read(DEFAULT_TENANT, id, forward.events.length, 1_000);
    expect([rest.more, forward.events.length + rest.events.length]).toEqual([false, 41]);
  });

  test('a page of many executions ends by events and by bytes, but has one event whatever its size', async () => {
    const { id } = await startOwned(stores, blueprint);
    const events = [2, 3, 4, 5].map((sequence) => succeeded(sequence, 'x'.repeat(1_000)));
    await stores.events.append(appendRequest(id, { events }));
    const page = async (after: number, bounds: { readonly events: number; readonly bytes: number }) => {
      const [one] = await stores.events.readMany([{ tenant: DEFAULT_TENANT, executionId: id, after }], bounds);
      return [one?.events.map(({ sequence }) => sequence), one?.more];
    };
    expect(await page(1, { events: 2, bytes: 100_000 })).toEqual([[2, 3], true]);
    expect(await page(1, { events: 100, bytes: 1 })).toEqual([[2], true]);
    expect(await page(1, { events: 100, bytes: 2_500 })).toEqual([[2, 3, 4], true]);
    expect(await page(4, { events: 100, bytes: 1 })).toEqual([[5], false]);
  });
});
