import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v7 as uuid } from 'uuid';
import { CANNOT_OPEN } from '../../../src/core/envelope.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { TenantId } from '../../../src/core/ids.ts';
import { rotateDataKey, rotateMasterKey, type RotationDeps } from '../../../src/use-cases/rotate-secret-keys.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { newTenantId } from '../../support/journal.ts';
import { masterKey, openSecrets, setSecret, vaultWith } from '../../support/secrets.ts';

const [old, current] = [masterKey(1), masterKey(2)];
const both = vaultWith(current, old);

let database: ServerTestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const never = new AbortController().signal;
const deps = (more: Partial<RotationDeps> = {}): RotationDeps => ({
  dataKeys: database.stores.dataKeys,
  vault: both,
  clock: systemClock,
  newId: uuid,
  onProgress: () => undefined,
  signal: never,
  ...more,
});
const keysOf = async (tenant: TenantId) =>
  (
    await database.database.query<{ readonly number: number; readonly master_key_id: string }>({
      text: 'select number, master_key_id from tenant_data_keys where tenant = $1 order by number',
      values: [tenant],
    })
  ).rows;
const actionsOf = async (tenant: TenantId) =>
  (
    await database.database.query<{ readonly action: string; readonly fields: readonly string[] }>({
      text: 'select action, fields from audit_log where tenant = $1 order by id',
      values: [tenant],
    })
  ).rows;

describe('a rotation of the master key', () => {
  it('wraps what is left, also where one was stopped, two run at once and servers go on', async () => {
    const tenants = Array.from({ length: 12 }, newTenantId);
    for (const tenant of tenants)
      await setSecret(database.stores, vaultWith(old), { tenant, name: 'token', value: `of ${tenant}` });
    const stop = new AbortController();
    const stopped = await rotateMasterKey(
      deps({
        signal: stop.signal,
        onProgress({ done }) {
          if (done === 5) stop.abort(new Error('enough'));
        },
      }),
    );
    expect(stopped).toEqual({ done: 5, faults: [], stopped: true });
    // In the middle: every secret opens for a server with both keys, and what is set goes under the new one.
    for (const tenant of tenants) {
      expect(await openSecrets(database.stores, both, { tenant, names: ['token'] })).toEqual([`of ${tenant}`]);
    }
    const rotations = await Promise.all([rotateMasterKey(deps()), rotateMasterKey(deps())]);
    expect(rotations.reduce((sum, { done }) => sum + done, 0)).toBe(7);
    expect(await database.stores.dataKeys.masterKeysInUse()).toEqual([{ id: current.id, tenants: 12 }]);
    for (const tenant of tenants) {
      expect(await openSecrets(database.stores, vaultWith(current), { tenant, names: ['token'] })).toEqual([
        `of ${tenant}`,
      ]);
      expect(await actionsOf(tenant)).toEqual([
        { action: 'setSecret', fields: ['value'] },
        { action: 'rotateMasterKey', fields: ['masterKeyId'] },
      ]);
    }
    expect(await rotateMasterKey(deps())).toEqual({ done: 0, faults: [], stopped: false });
  });

  it('names what does not open, leaves it, and goes on with the others', async () => {
    const [broken, well] = [newTenantId(), newTenantId()];
    for (const tenant of [broken, well])
      await setSecret(database.stores, vaultWith(old), { tenant, name: 'token', value: 'abcdefgh' });
    await database.database.query({
      text: `update tenant_data_keys set wrapped = set_byte(wrapped, 0, get_byte(wrapped, 0) # 1) where tenant = $1`,
      values: [broken],
    });
    const rotated = await rotateMasterKey(deps());
    expect(rotated).toEqual({
      done: 1,
      faults: [`Tenant ${broken}, its data key: ${CANNOT_OPEN}`],
      stopped: false,
    });
    expect(await keysOf(broken)).toMatchObject([{ master_key_id: old.id }]);
    expect(await keysOf(well)).toMatchObject([{ master_key_id: current.id }]);
    await database.database.query({ text: 'delete from secrets where tenant = $1', values: [broken] });
    await database.database.query({ text: 'delete from tenant_data_keys where tenant = $1', values: [broken] });
  });
});

describe('a rotation of a data key', () => {
  const names = Array.from({ length: 45 }, (_, at) => `s${String(at).padStart(2, '0')}`);

  it('seals all secrets again, also where one was stopped and values are set meanwhile', async () => {
    const tenant = newTenantId();
    for (const name of names) await setSecret(database.stores, both, { tenant, name, value: `value of ${name}` });
    const stop = new AbortController();
    const stopped = await rotateDataKey(
      tenant,
      deps({ signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) }),
    );
    expect(stopped).toEqual({ done: 20, faults: [], stopped: true });
    expect((await keysOf(tenant)).map(({ number }) => number)).toEqual([1, 2]);
    const expected = names.map((name) => `value of ${name}`);
    expect(await openSecrets(database.stores, both, { tenant, names })).toEqual(expected);
    await setSecret(database.stores, both, { tenant, name: 's44', value: 'set meanwhile', expectedVersion: 1 });
    // It goes on with the key that was begun: there is no third one.
    expect(await rotateDataKey(tenant, deps())).toEqual({ done: 24, faults: [], stopped: false });
    expect((await keysOf(tenant)).map(({ number }) => number)).toEqual([2]);
    expect(await openSecrets(database.stores, both, { tenant, names })).toEqual([
      ...expected.slice(0, -1),
      'set meanwhile',
    ]);
    expect((await actionsOf(tenant)).filter(({ action }) => action === 'rotateDataKey')).toHaveLength(1);
    expect(await rotateDataKey(tenant, deps())).toMatchObject({ done: 45 });
    expect((await keysOf(tenant)).map(({ number }) => number)).toEqual([3]);
  });

  it('keeps the key of what does not open', async () => {
    const tenant = newTenantId();
    for (const name of ['bad', 'good']) await setSecret(database.stores, both, { tenant, name, value: 'abcdefgh' });
    await database.database.query({
      text: "update secrets set name = 'moved' where tenant = $1 and name = 'bad'",
      values: [tenant],
    });
    const rotated = await rotateDataKey(tenant, deps());
    expect(rotated).toEqual({
      done: 1,
      faults: [`Tenant ${tenant}, the secret "moved": ${CANNOT_OPEN}`],
      stopped: false,
    });
    expect((await keysOf(tenant)).map(({ number }) => number)).toEqual([1, 2]);
    await database.database.query({
      text: "update secrets set name = 'bad' where tenant = $1 and name = 'moved'",
      values: [tenant],
    });
    expect(await rotateDataKey(tenant, deps())).toMatchObject({ done: 1, faults: [] });
    expect((await keysOf(tenant)).map(({ number }) => number)).toEqual([2]);
  });

  it('is nothing for a tenant without secrets', async () => {
    expect(await rotateDataKey(newTenantId(), deps())).toBeUndefined();
  });
});
