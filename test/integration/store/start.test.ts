import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, type BlueprintId } from '../../../src/core/ids.ts';
import type { Stores } from '../../../src/store/stores.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  appendRequest,
  AT,
  insertBlueprint,
  newOrchestratorId,
  requested,
  RUNNING,
  sequencesOf,
  someDigest,
  startRequest,
  succeeded,
  upTo,
} from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };

describe.each(Object.entries(databases))('starting executions on %s', (_name, open) => {
  let opened: TestDatabase;
  let stores: Stores;
  let blueprint: BlueprintId;

  beforeAll(async () => {
    opened = await open();
    stores = opened.stores;
    blueprint = await insertBlueprint(stores);
  });
  afterAll(() => opened.close());

  test('a start writes the row and its first events', async () => {
    const request = startRequest(blueprint);
    expect(await stores.executions.start(request)).toEqual({ type: 'created' });
    const [record] = await stores.executions.getMany(DEFAULT_TENANT, [request.id]);
    expect(record).toMatchObject({
      id: request.id,
      blueprintId: blueprint,
      blueprintVersion: 1,
      status: 'pending',
      lastSequence: 1,
      progress: { done: 0, total: 3 },
      requestedAt: AT,
      finishedAt: undefined,
    });
    const { events } = await stores.events.read(DEFAULT_TENANT, request.id, 0, 10);
    expect(events).toEqual([requested(blueprint)]);
  });

  test('a claimed start is written with its first turn, and its owner goes on under token 1', async () => {
    const request = startRequest(blueprint, {
      owner: newOrchestratorId(),
      events: [requested(blueprint), succeeded(2)],
    });
    await stores.executions.start(request);
    expect(await stores.events.append(appendRequest(request.id, { expected: 2 }))).toBe('wrote');
    expect(await sequencesOf(stores, request.id)).toEqual([1, 2, 3]);
  });

  test('one idempotency key is one execution, also when it is asked for at once', async () => {
    const idempotency = { key: 'order 17', argumentsHash: someDigest() };
    const requests = upTo(8).map(() => startRequest(blueprint, { idempotency }));
    const answers = await Promise.all(requests.map((request) => stores.executions.start(request)));
    const created = requests.filter((_, index) => answers[index]?.type === 'created');
    expect(created).toHaveLength(1);
    const again = await stores.executions.start(startRequest(blueprint, { idempotency }));
    expect(again).toEqual({ type: 'exists', id: created[0]?.id, sameArguments: true });
    const other = { ...idempotency, argumentsHash: someDigest() };
    const changed = await stores.executions.start(startRequest(blueprint, { idempotency: other }));
    expect(changed).toEqual({ type: 'exists', id: created[0]?.id, sameArguments: false });
  });

  test('the same start again is the same execution', async () => {
    const request = startRequest(blueprint);
    await stores.executions.start(request);
    expect(await stores.executions.start(request)).toEqual({ type: 'created' });
    expect(await sequencesOf(stores, request.id)).toEqual([1]);
  });

  test('lists are newest first, by blueprint and status, in pages that fit together', async () => {
    const mine = await insertBlueprint(stores);
    const ids = [];
    for (const index of upTo(7)) {
      const owner = index % 2 === 0 ? newOrchestratorId() : undefined;
      const request = startRequest(mine, { owner });
      ids.unshift(request.id);
      await stores.executions.start(request);
    }
    const idsOf = (page: Awaited<ReturnType<typeof stores.executions.list>>) => page.items.map(({ id }) => id);
    const filter = { blueprintId: mine };
    const first = await stores.executions.list(DEFAULT_TENANT, filter, { limit: 3, direction: 'forward' });
    expect(idsOf(first)).toEqual(ids.slice(0, 3));
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = { limit: 10, direction: 'forward', after: ids[2] } as const;
    expect(idsOf(await stores.executions.list(DEFAULT_TENANT, filter, second))).toEqual(ids.slice(3));
    const last = { limit: 2, direction: 'backward', before: ids[4] } as const;
    const back = await stores.executions.list(DEFAULT_TENANT, filter, last);
    expect(idsOf(back)).toEqual(ids.slice(2, 4));
    expect(back).toMatchObject({ hasNextPage: true, hasPreviousPage: true });

    const running = { statuses: ['running'] } as const;
    const pageOf = { limit: 100, direction: 'forward' } as const;
    const odd = idsOf(await stores.executions.list(DEFAULT_TENANT, { ...filter, ...running }, pageOf));
    expect(odd).toEqual(ids.filter((_, index) => index % 2 === 1));
    const all = await stores.executions.list(DEFAULT_TENANT, { statuses: ['running', 'pending'] }, pageOf);
    expect(idsOf(all)).toEqual(idsOf(await stores.executions.list(DEFAULT_TENANT, {}, pageOf)));
    const none = await stores.executions.list(DEFAULT_TENANT, { statuses: ['failed'] }, pageOf);
    expect(none).toEqual({ items: [], hasNextPage: false, hasPreviousPage: false });
  });

  test('the projection is what the last append said', async () => {
    const request = startRequest(blueprint, { owner: newOrchestratorId() });
    await stores.executions.start(request);
    const measured = { cpuMs: 1.5, wallMs: 20, peakMemoryBytes: 3 * 2 ** 31 };
    const usage = { ...measured, inputTokens: 2 ** 40, outputTokens: 7, costUsdMicros: 2n ** 52n };
    const projection = { ...RUNNING, done: 2, ...usage };
    await stores.events.append(appendRequest(request.id, { projection }));
    const [record] = await stores.executions.getMany(DEFAULT_TENANT, [request.id]);
    expect(record?.progress).toEqual({ done: 2, total: 3 });
    expect(record?.usage).toEqual(usage);
  });
});
