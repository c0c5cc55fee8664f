import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { AT, insertBlueprint, newTenantId, someDigest, startRequest } from '../../support/journal.ts';

describe('another tenant', () => {
  let opened: ServerTestDatabase;
  const stranger = newTenantId();
  const page = { limit: 10, direction: 'forward' } as const;

  beforeAll(async () => {
    opened = await openTestDatabase();
  });
  afterAll(() => opened.close());

  test('sees no execution and no event of it, by whatever read', async () => {
    const { events, executions, ...stores } = opened.stores;
    const request = startRequest(await insertBlueprint(stores));
    await executions.start(request);
    const { id } = request;
    expect(await executions.getMany(stranger, [id])).toEqual([undefined]);
    expect((await executions.list(stranger, {}, page)).items).toEqual([]);
    expect((await executions.list(stranger, { statuses: ['pending'] }, page)).items).toEqual([]);
    const nothing = { events: [], more: false };
    expect(await events.read(stranger, id, 0, 10)).toEqual(nothing);
    expect(await events.readBackward(stranger, id, 10, 10)).toEqual(nothing);
    const each = { events: 10, bytes: 1_000 };
    expect(await events.readMany([{ tenant: stranger, executionId: id, after: 0 }], each)).toEqual([nothing]);
    expect(await events.getEvents(stranger, [{ executionId: id, sequence: 1 }])).toEqual([undefined]);
    const cancel = { tenant: stranger, executionId: id, at: AT, requestedBy: 'Eve', reason: undefined };
    expect(await events.requestCancel(cancel)).toBe('notFound');
  });

  test('sees no blueprint, and may use the same name, content and idempotency key', async () => {
    const { blueprints, executions } = opened.stores;
    const id = await insertBlueprint(opened.stores);
    const [mine] = await blueprints.getMany(DEFAULT_TENANT, [id]);
    const fingerprint = mine?.fingerprint ?? '';
    expect(await blueprints.getMany(stranger, [id])).toEqual([undefined]);
    expect(await blueprints.findByName(stranger, mine?.name ?? '')).toBeUndefined();
    expect((await blueprints.list(stranger, { archived: true }, page)).items).toEqual([]);
    expect(await blueprints.getRevisions(stranger, [{ id, version: 1 }])).toEqual([undefined]);
    expect((await blueprints.listRevisions(stranger, id, page)).items).toEqual([]);
    expect(await blueprints.getContents(stranger, [fingerprint])).toEqual([undefined]);

    const theirs = await insertBlueprint(opened.stores, stranger);
    const idempotency = { key: 'the same', argumentsHash: someDigest() };
    const own = startRequest(id, { idempotency });
    const foreign = startRequest(theirs, { tenant: stranger, idempotency });
    expect(await executions.start(own)).toEqual({ type: 'created' });
    expect(await executions.start(foreign)).toEqual({ type: 'created' });
  });

  test('cannot start what is not its own', async () => {
    const id = await insertBlueprint(opened.stores);
    await expect(opened.stores.executions.start(startRequest(id, { tenant: stranger }))).rejects.toThrow(
      /executions_revision/,
    );
  });

  test('sees no artifact', async () => {
    const { artifacts } = opened.stores;
    const digest = someDigest();
    await artifacts.put(DEFAULT_TENANT, digest, Buffer.from('mine'));
    expect(await artifacts.get(stranger, digest)).toBeUndefined();
  });
});
