import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { DatabaseUnavailableError } from '../../../src/store/unavailable.ts';
import { openAgain, openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import {
  appendRequest,
  AT,
  insertBlueprint,
  newOrchestratorId,
  sequencesOf,
  startOwned,
  startRequest,
  upTo,
} from '../../support/journal.ts';
import { startPostgresServer } from '../../support/postgres-server.ts';

describe('connections that are lost', () => {
  let opened: ServerTestDatabase;
  let told: number;

  beforeEach(async () => {
    told = 0;
    opened = await openTestDatabase({ onCommitted: (news) => (told += news.length) });
  });
  afterEach(() => opened.close());

  test('in the middle of batches lose no acknowledged event and write none twice', async () => {
    const { stores } = opened;
    const blueprint = await insertBlueprint(stores);
    const started = await Promise.all(upTo(20).map(() => startOwned(stores, blueprint)));
    told = 0;
    let cutting = true;
    const cut = async (): Promise<number> => {
      let cuts = 0;
      for (; cutting; cuts += 1) {
        await opened.cutConnections('iceos journal');
        await opened.database.journal.ready(10_000);
      }
      return cuts;
    };
    const cuts = cut();
    const LAST = 150;
    await Promise.all(
      started.map(async ({ id }) => {
        for (let expected = 1; expected < LAST; expected += 1) {
          const answer = await stores.events.append(appendRequest(id, { expected }));
          expect(answer, `append after ${expected}`).toBe('wrote');
        }
      }),
    );
    cutting = false;
    expect(await cuts).toBeGreaterThan(10);
    for (const { id } of started) expect(await sequencesOf(stores, id)).toEqual(upTo(LAST));
    expect(told).toBe(20 * (LAST - 1));
  });

  test('in the middle of starts make each execution once', async () => {
    const { stores } = opened;
    const blueprint = await insertBlueprint(stores);
    const starting = new AbortController();
    const cut = (async () => {
      while (!starting.signal.aborted) {
        await opened.cutConnections('iceos journal');
        await opened.database.journal.ready(10_000);
      }
    })();
    const requests = upTo(300).map((number) => {
      const idempotency = { key: `key ${number}`, argumentsHash: 'a'.repeat(64) };
      return startRequest(blueprint, { owner: newOrchestratorId(), idempotency });
    });
    for (const request of requests) expect(await stores.executions.start(request)).toEqual({ type: 'created' });
    starting.abort();
    await cut;
    const page = await stores.executions.list(DEFAULT_TENANT, {}, { limit: 1_000, direction: 'forward' });
    expect(page.items.map(({ id, lastSequence }) => [id, lastSequence])).toEqual(
      requests.map(({ id }) => [id, 1]).toReversed(),
    );
  });

  test('of LISTEN are made again, and the listener is told', async () => {
    const { notifications } = opened.stores;
    let connects = 0;
    const heard: string[] = [];
    let onHeard = (): void => undefined;
    const stop = await notifications.listen('iceos_test', {
      onText(text) {
        heard.push(text);
        onHeard();
      },
      onConnected: () => (connects += 1),
    });
    await opened.cutConnections('iceos listener');
    await expect.poll(() => connects).toBe(2);
    const next = new Promise<void>((resolve) => (onHeard = resolve));
    await notifications.notify('iceos_test', 'hello');
    await next;
    await stop();
    expect(heard).toEqual(['hello']);
  });

  test('do not repeat a set-up whose first run failed', async () => {
    const { heartbeat } = opened.database;
    let runs = 0;
    const failing = heartbeat.onConnect(async (ask) => {
      runs += 1;
      await ask({ text: 'select 1 / 0' });
    });
    await expect(failing).rejects.toThrow('division by zero');
    await opened.cutConnections('iceos heartbeat');
    await expect.poll(() => heartbeat.query({ text: 'select 1' }).catch(() => undefined)).toBeDefined();
    expect(runs).toBe(1);
  });

  test('of ordinary queries fail once with DatabaseUnavailableError, and the next query works', async () => {
    const failures: unknown[] = [];
    opened.database.query({ text: 'select pg_sleep(30)' }).catch((error: unknown) => failures.push(error));
    await expect
      .poll(async () => {
        await opened.cutConnections('iceos');
        return failures;
      })
      .toEqual([expect.any(DatabaseUnavailableError)]);
    await opened.database.ping();
  });
});

describe('a server that crashes and comes back', () => {
  test('finds its clients again, and what was acknowledged', async () => {
    const server = await startPostgresServer({ durable: false });
    const opened = await openAgain(server.url);
    try {
      const { stores } = opened;
      const { id, owner } = await startOwned(stores, await insertBlueprint(stores));
      let expected = 1;
      const stop = new AbortController();
      const appending = (async () => {
        for (; !stop.signal.aborted; expected += 1) {
          expect(await stores.events.append(appendRequest(id, { expected }))).toBe('wrote');
        }
      })();
      await server.crashAndRestart();
      const beforeAt = expected;
      await expect.poll(() => expected, { timeout: 20_000 }).toBeGreaterThan(beforeAt);
      stop.abort();
      await appending;
      expect(await sequencesOf(stores, id)).toEqual(upTo(expected));
      await opened.database.heartbeat.ready(10_000);
      // The lock went with the server; a new incarnation has its own.
      expect((await stores.leases.heartbeat(owner, 60_000)).alive).toBe(false);
      const next = newOrchestratorId();
      await stores.leases.register(next, 60_000);
      expect((await stores.leases.heartbeat(next, 60_000)).alive).toBe(true);
    } finally {
      await opened.close();
      await server.close();
    }
  });

  test('is said to be unavailable while it is away', async () => {
    const server = await startPostgresServer({ durable: false });
    const opened = await openAgain(server.url, { patienceMs: 300 });
    const blueprint = await insertBlueprint(opened.stores);
    const { id } = await startOwned(opened.stores, blueprint);
    await server.close();
    await expect(opened.stores.events.append(appendRequest(id))).rejects.toThrow(DatabaseUnavailableError);
    await expect(opened.database.ping()).rejects.toThrow(DatabaseUnavailableError);
    const cancel = { tenant: DEFAULT_TENANT, executionId: id, at: AT, requestedBy: 'Ada', reason: undefined };
    await expect(opened.stores.events.requestCancel(cancel)).rejects.toThrow(DatabaseUnavailableError);
    await opened.close();
  });
});
