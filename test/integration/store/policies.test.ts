import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EMPTY_POLICY } from '../../../src/blueprint/tenant-policy.ts';
import { TenantId } from '../../../src/core/ids.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { AT } from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const newTenant = (): TenantId => TenantId.parse(uuid());
const policy = (...hosts: string[]) => ({ ...EMPTY_POLICY, hosts });

describe.each(Object.entries(databases))('policies on %s', (_name, open) => {
  let opened: TestDatabase;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  const change = (tenant: TenantId, expectedVersion: number, ...hosts: string[]) =>
    opened.stores.policies.change({ tenant, expectedVersion, policy: policy(...hosts), at: AT, by: 'test' });

  test('start empty at version 0, and are each tenant own', async () => {
    const [one, other] = [newTenant(), newTenant()];
    expect(await opened.stores.policies.get(one)).toMatchObject({ version: 0, policy: EMPTY_POLICY });
    expect(await change(one, 0, 'b.test:1', 'a.test:1')).toEqual({
      type: 'written',
      record: { tenant: one, version: 1, policy: policy('a.test:1', 'b.test:1'), updatedAt: AT, updatedBy: 'test' },
    });
    expect((await opened.stores.policies.get(one)).version).toBe(1);
    expect((await opened.stores.policies.get(other)).version).toBe(0);
  });

  test('of many changes for one version one is written', async () => {
    const tenant = newTenant();
    for (const expectedVersion of [0, 1]) {
      const hosts = Array.from({ length: 8 }, (_, at) => `h${at}.test:${expectedVersion + 1}`);
      const answers = await Promise.all(hosts.map((host) => change(tenant, expectedVersion, host)));
      expect(answers.filter(({ type }) => type === 'written')).toHaveLength(1);
      const current = await opened.stores.policies.get(tenant);
      expect(current.version).toBe(expectedVersion + 1);
      expect(answers.find(({ type }) => type === 'written')?.record).toEqual(current);
    }
  });

  test('a version that is not there yet is stale', async () => {
    const tenant = newTenant();
    expect(await change(tenant, 3, 'a.test:1')).toMatchObject({ type: 'stale', record: { version: 0 } });
    expect((await opened.stores.policies.get(tenant)).version).toBe(0);
  });
});
