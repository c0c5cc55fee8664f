import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { EmbeddedDatabaseInUseError } from '../../../src/store/unavailable.ts';
import { newEmbeddedFolder, openEmbeddedTestDatabase, type EmbeddedTestDatabase } from '../../support/database.ts';
import { killWriter, startWriter } from '../../support/embedded-writer.ts';
import {
  appendRequest,
  insertBlueprint,
  newOrchestratorId,
  sequencesOf,
  startOwned,
  upTo,
} from '../../support/journal.ts';

describe('the embedded database', () => {
  let folder: string;
  const opened: EmbeddedTestDatabase[] = [];

  beforeEach(async () => {
    folder = await newEmbeddedFolder();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(): Promise<EmbeddedTestDatabase> {
    const one = await openEmbeddedTestDatabase({ dataDir: folder });
    opened.push(one);
    return one;
  }

  test('says how safe it is', async () => {
    const { database } = await open();
    expect(database.kind).toBe('embedded');
    expect(database.notice).toMatch(/killed process, but not against power loss/);
  });

  test('is open in one process only, and the second is told by whom', async () => {
    const first = await open();
    const second = openEmbeddedTestDatabase({ dataDir: folder });
    await expect(second).rejects.toThrow(EmbeddedDatabaseInUseError);
    await expect(second).rejects.toThrow(`in use by process ${process.pid}`);
    await first.close();
    await (await open()).database.ping();
  });

  test('is opened by exactly one of many that try at once', async () => {
    const tries = await Promise.allSettled(upTo(5).map(() => open()));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('voids all leases when it is opened, so that a restart waits for nothing', async () => {
    const first = await open();
    const { id } = await startOwned(first.stores, await insertBlueprint(first.stores));
    await first.close();
    const { stores } = await open();
    const me = newOrchestratorId();
    await stores.leases.register(me, 60_000);
    const claimed = await stores.leases.claimDue(me, 10);
    expect(claimed).toMatchObject([{ executionId: id, token: 2, previousOwnerDied: true }]);
  });

  test('keeps what was acknowledged before a kill -9, without gap', { timeout: 180_000 }, async () => {
    const seed = await open();
    const blueprint = await insertBlueprint(seed.stores);
    const { id } = await startOwned(seed.stores, blueprint);
    await seed.close();
    let last = 1;
    for (const kill of upTo(3)) {
      const writer = await startWriter({ folder, executionId: id });
      last = await killWriter(writer, { after: last + 50 * kill });
      const { stores } = await open();
      const sequences = await sequencesOf(stores, id);
      expect(sequences.length).toBeGreaterThanOrEqual(last);
      expect(sequences).toEqual(upTo(sequences.length));
      last = sequences.length;
      await opened.pop()?.close();
    }
  });

  test('carries notifications to this process', async () => {
    const { notifications } = (await open()).stores;
    const heard: string[] = [];
    const stop = await notifications.listen('iceos_test', { onText: (text) => heard.push(text) });
    await notifications.notify('iceos_test', 'hello');
    await expect.poll(() => heard).toEqual(['hello']);
    await stop();
    await notifications.notify('iceos_test', 'nobody');
    expect(heard).toEqual(['hello']);
  });

  test('keeps a transaction apart from everything else', async () => {
    const { database, stores } = await open();
    const { id } = await startOwned(stores, await insertBlueprint(stores));
    const rollback = new Error('no');
    const transaction = database.use((tables) =>
      tables.transaction(async (tx) => {
        await tx.execute('set local role none');
        await tx.execute('create table scratch (a int)');
        throw rollback;
      }),
    );
    const append = stores.events.append(appendRequest(id));
    await expect(transaction).rejects.toThrow(rollback);
    expect(await append).toBe('wrote');
    expect((await stores.events.read(DEFAULT_TENANT, id, 0, 10)).events).toHaveLength(2);
    await expect(database.query({ text: 'select * from scratch' })).rejects.toThrow(/does not exist/);
  });
});
