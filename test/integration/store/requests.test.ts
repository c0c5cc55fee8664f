import { EVENT_FORMAT } from '../../../src/execution/events.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, type BlueprintId, type ExecutionId } from '../../../src/core/ids.ts';
import type { ExecutionStatus } from '../../../src/execution/status.ts';
import { createReadState } from '../../../src/orchestrator/read-state.ts';
import type { ExecutionRequest } from '../../../src/store/requests.ts';
import type { Stores } from '../../../src/store/stores.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  appendRequest,
  AT,
  finished,
  insertBlueprint,
  newExecutionId,
  RUNNING,
  startOwned,
} from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };

describe.each(Object.entries(databases))('requests to pause and to resume on %s', (_name, open) => {
  let opened: TestDatabase;
  let stores: Stores;
  let blueprint: BlueprintId;

  beforeAll(async () => {
    opened = await open();
    stores = opened.stores;
    blueprint = await insertBlueprint(stores);
  });
  afterAll(() => opened.close());

  const by = (executionId: ExecutionId): ExecutionRequest => ({
    ...{ tenant: DEFAULT_TENANT, executionId, at: AT, requestedBy: 'Ada' },
  });
  const pause = (id: ExecutionId) => stores.events.requestPause({ ...by(id), reason: undefined });
  const resume = (id: ExecutionId, softCostUsdMicros?: number) =>
    stores.events.requestResume({
      ...by(id),
      budget: softCostUsdMicros === undefined ? undefined : { softCostUsdMicros },
    });
  const cancel = (id: ExecutionId) => stores.events.requestCancel({ ...by(id), reason: undefined });
  const statusOf = async (id: ExecutionId): Promise<ExecutionStatus | undefined> =>
    (await stores.executions.getMany(DEFAULT_TENANT, [id]))[0]?.status;
  const typesOf = async (id: ExecutionId): Promise<readonly string[]> =>
    (await stores.events.read(DEFAULT_TENANT, id, 1, 100)).events.map(({ type }) => type);

  test('are recorded once each, and the row says how it stands', async () => {
    const { id } = await startOwned(stores, blueprint);
    expect(await resume(id)).toBe('alreadyRequested');
    const pauses = await Promise.all([1, 2, 3].map(() => pause(id)));
    expect(pauses.toSorted()).toEqual(['alreadyRequested', 'alreadyRequested', 'recorded']);
    expect(await statusOf(id)).toBe('paused');
    const resumes = await Promise.all([1, 2, 3].map(() => resume(id)));
    expect(resumes.toSorted()).toEqual(['alreadyRequested', 'alreadyRequested', 'recorded']);
    expect(await statusOf(id)).toBe('running');
    expect(await pause(id)).toBe('recorded');
    expect(await typesOf(id)).toEqual(['pauseRequested', 'resumeRequested', 'pauseRequested']);
  });

  test('with a budget are recorded also while it runs, with what they ask for', async () => {
    const { id } = await startOwned(stores, blueprint);
    expect(await resume(id, 70)).toBe('recorded');
    expect(await statusOf(id)).toBe('running');
    const { events } = await stores.events.read(DEFAULT_TENANT, id, 1, 100);
    expect(events).toEqual([
      { type: 'resumeRequested', sequence: 2, at: AT, requestedBy: 'Ada', budget: { softCostUsdMicros: 70 } },
    ]);
  });

  test('change nothing after a cancel, after the end, and of nothing', async () => {
    const { id } = await startOwned(stores, blueprint);
    await cancel(id);
    expect(await pause(id)).toBe('alreadyRequested');
    expect(await resume(id, 5)).toBe('alreadyRequested');
    const end = { events: [finished(3)], expected: 2, projection: { ...RUNNING, status: 'canceled' as const } };
    expect(await stores.events.append(appendRequest(id, end))).toBe('wrote');
    expect(await pause(id)).toBe('finished');
    expect(await resume(id)).toBe('finished');
    expect(await pause(newExecutionId())).toBe('notFound');
    expect(await resume(newExecutionId())).toBe('notFound');
  });

  test('let only processes that know them claim the execution from then on', async () => {
    const formatAfter = async (ask: (id: ExecutionId) => Promise<unknown>): Promise<unknown> => {
      const { id } = await startOwned(stores, blueprint);
      // As a release before them started it.
      await opened.database.query({ text: 'update executions set event_format = 1 where id = $1', values: [id] });
      await ask(id);
      const text = 'select event_format as format from executions where id = $1';
      return (await opened.database.query<{ format: number }>({ text, values: [id] })).rows[0]?.format;
    };
    expect(await formatAfter(cancel)).toBe(1);
    expect(await formatAfter(pause)).toBe(EVENT_FORMAT);
    expect(await formatAfter((id) => resume(id, 5))).toBe(EVENT_FORMAT);
  });

  test('of a newer release are shown as far as they are known, and carried forward by nobody of this one', async () => {
    const { id } = await startOwned(stores, blueprint);
    const key = { tenant: DEFAULT_TENANT, executionId: id };
    await pause(id);
    const { events } = await stores.events.read(DEFAULT_TENANT, id, 0, 100);
    const more = `update execution_events set payload = left(payload, -1) || ',"more":1}' where execution_id = $1`;
    await opened.database.query({ text: more, values: [id] });
    await expect(stores.events.read(DEFAULT_TENANT, id, 0, 100)).rejects.toThrow('is damaged');

    const raise = 'update executions set event_format = $2 where id = $1';
    await opened.database.query({ text: raise, values: [id, EVENT_FORMAT + 1] });
    const shown = { events, more: false, isNewer: true };
    expect(await stores.events.read(DEFAULT_TENANT, id, 0, 100)).toEqual(shown);
    expect(await stores.events.readMany([{ ...key, after: 0 }], { events: 100, bytes: 1_000 })).toEqual([shown]);
    expect(await stores.events.getEvents(DEFAULT_TENANT, [{ executionId: id, sequence: 1 }])).toEqual([events[0]]);
    const readState = createReadState({ events: stores.events, planOf: () => Promise.reject(new Error('No plan.')) });
    await expect(readState(key)).rejects.toThrow(`Events behind 0 of ${id} are of a newer release.`);
  });

  test('leave a paused execution paused when its owner gives it up, for whatever it waits', async () => {
    const { id } = await startOwned(stores, blueprint);
    await pause(id);
    const parked = { executionId: id, token: 1, dueAt: null, status: 'waiting' } as const;
    expect(await stores.leases.park({ ...parked, lastSequence: 1 })).toBe('moved');
    expect(await stores.leases.park({ ...parked, lastSequence: 2 })).toBe('parked');
    expect(await statusOf(id)).toBe('paused');
  });
});
