import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import type { Committed } from '../../../src/execution/committed.ts';
import { openAgain, openTestDatabase, type ServerTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  appendRequest,
  AT,
  insertBlueprint,
  newOrchestratorId,
  startOwned,
  startRequest,
  upTo,
} from '../../support/journal.ts';

const CHANNEL = 'iceos_hints';
const text = (committed: readonly Committed[]): string =>
  committed.map(({ executionId, lastSequence }) => `${executionId}.${lastSequence}`).join(' ');

describe('hints to other processes', () => {
  let mine: ServerTestDatabase;
  let theirs: TestDatabase;

  beforeAll(async () => {
    mine = await openTestDatabase({ hint: { channel: CHANNEL, text } });
    theirs = await openAgain(mine.url);
  });
  afterAll(async () => {
    await theirs.close();
    await mine.close();
  });

  test('leave with the commit, one for each batch, while others listen', async () => {
    const { stores } = mine;
    const heard: string[] = [];
    const blueprint = await insertBlueprint(stores);
    const started = await Promise.all(upTo(10).map(() => startOwned(stores, blueprint)));
    const stop = await theirs.stores.notifications.listen(CHANNEL, { onText: (said) => heard.push(said) });

    await Promise.all(started.map(({ id }) => stores.events.append(appendRequest(id))));
    stores.batcher.setOthersListen(true);
    await Promise.all(started.map(({ id }) => stores.events.append(appendRequest(id, { expected: 2 }))));
    const fresh = startRequest(blueprint);
    await stores.executions.start(fresh);

    await expect.poll(() => heard).toHaveLength(2);
    expect(heard[0]?.split(' ').toSorted()).toEqual(started.map(({ id }) => `${id}.3`).toSorted());
    expect(heard[1]).toBe(`${fresh.id}.1`);
    await stop();
  });

  test('of a request are always sent', async () => {
    const { stores } = mine;
    stores.batcher.setOthersListen(false);
    const heard: string[] = [];
    const request = startRequest(await insertBlueprint(stores));
    await stores.executions.start(request);
    const stop = await theirs.stores.notifications.listen(CHANNEL, { onText: (said) => heard.push(said) });
    const executionId = request.id;
    await stores.events.requestCancel({ tenant: DEFAULT_TENANT, executionId, at: AT, requestedBy: 'Ada', reason: 'x' });
    await expect.poll(() => heard).toEqual([`${executionId}.2`]);
    await stop();
  });

  test('are worth sending when a gateway listens, which has no heartbeat', async () => {
    const me = newOrchestratorId();
    const alone = await openTestDatabase();
    await alone.stores.leases.register(me, 60_000);
    const own = await alone.stores.notifications.listen(CHANNEL, { onText: () => undefined });
    expect(await alone.stores.leases.heartbeat(me, 60_000)).toMatchObject({ othersAlive: false });
    const gateway = await openAgain(alone.url);
    await gateway.stores.notifications.listen(CHANNEL, { onText: () => undefined });
    expect(await alone.stores.leases.heartbeat(me, 60_000)).toMatchObject({ othersAlive: true });
    await gateway.close();
    await expect.poll(() => alone.stores.leases.heartbeat(me, 60_000)).toMatchObject({ othersAlive: false });
    await own();
    await alone.close();
  });
});
