import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiKeyId, DEFAULT_TENANT, TenantId } from '../../../src/core/ids.ts';
import { MINUTE_MS } from '../../../src/core/units.ts';
import { MAX_ARTIFACT_BYTES } from '../../../src/store/artifact-store.ts';
import type { ApiKeyRecord } from '../../../src/store/credential-store.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { AT, someDigest } from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };

const newKey = (more: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id: ApiKeyId.parse(uuid()),
  tenant: DEFAULT_TENANT,
  name: 'laptop',
  secretHash: Buffer.from(randomBytes(32)),
  scopes: ['blueprints:read', 'executions:write'],
  createdAt: AT,
  expiresAt: AT + 5,
  revokedAt: undefined,
  usedAt: undefined,
  ...more,
});

describe.each(Object.entries(databases))('artifacts and keys on %s', (_name, open) => {
  let opened: TestDatabase;

  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('the largest artifact comes back byte for byte, and twice is once', async () => {
    const { artifacts } = opened.stores;
    const bytes = randomBytes(MAX_ARTIFACT_BYTES);
    const digest = someDigest();
    await artifacts.put(DEFAULT_TENANT, digest, bytes);
    await artifacts.put(DEFAULT_TENANT, digest, bytes);
    const found = await artifacts.get(DEFAULT_TENANT, digest);
    expect(found && bytes.equals(found)).toBe(true);
    expect(await artifacts.get(DEFAULT_TENANT, someDigest())).toBeUndefined();
  });

  test('one byte more is refused', async () => {
    const put = opened.stores.artifacts.put(DEFAULT_TENANT, someDigest(), new Uint8Array(MAX_ARTIFACT_BYTES + 1));
    await expect(put).rejects.toThrow(/at most 16777216 bytes/);
  });

  test('of many first keys at once one is stored', async () => {
    const { credentials } = opened.stores;
    const candidates = Array.from({ length: 8 }, () => newKey());
    const answers = await Promise.all(candidates.map((record) => credentials.insertFirstApiKey(record)));
    expect(answers.filter((isFirst) => isFirst)).toHaveLength(1);
    const stored = await Promise.all(candidates.map(({ id }) => credentials.getApiKey(id)));
    expect(stored.map((record) => record !== undefined)).toEqual(answers);
    await opened.database.query({ text: 'delete from api_keys' });
  });

  test('a key is found as it was made, and its use is noted once a minute', async () => {
    const { credentials } = opened.stores;
    expect(await credentials.isEmpty()).toBe(true);
    const record = newKey();
    expect(await credentials.insertApiKey(record, { maxKeys: 1 })).toBe('inserted');
    expect(await credentials.isEmpty()).toBe(false);
    expect(await credentials.getApiKey(record.id)).toEqual(record);
    expect(await credentials.getApiKey(ApiKeyId.parse(uuid()))).toBeUndefined();

    const usedAt = async (): Promise<unknown> => {
      const { rows } = await opened.database.query<{ used_at: Date | null }>({ text: 'select used_at from api_keys' });
      return rows[0]?.used_at?.getTime();
    };
    await credentials.markUsed(record.id, AT);
    await credentials.markUsed(record.id, AT + MINUTE_MS / 2);
    expect(await usedAt()).toBe(AT);
    await credentials.markUsed(record.id, AT + 2 * MINUTE_MS);
    expect(await usedAt()).toBe(AT + 2 * MINUTE_MS);
  });

  test('of many keys that are made at once, as many are stored as the tenant may have', async () => {
    const { credentials } = opened.stores;
    const tenant = TenantId.parse(uuid());
    const insert = (more: Partial<ApiKeyRecord> = {}) =>
      credentials.insertApiKey(newKey({ tenant, ...more }), { maxKeys: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => insert()));
    expect(answers.filter((answer) => answer === 'inserted')).toHaveLength(3);
    // What has expired leaves its place, and another tenant has places of its own.
    expect(await insert({ createdAt: AT + 5, expiresAt: undefined })).toBe('inserted');
    expect(await credentials.insertApiKey(newKey({ tenant: TenantId.parse(uuid()) }), { maxKeys: 3 })).toBe('inserted');
  });

  test('a key takes over from another one, which ends once', async () => {
    const { credentials } = opened.stores;
    const tenant = TenantId.parse(uuid());
    const old = newKey({ tenant, expiresAt: undefined });
    await credentials.insertApiKey(old, { maxKeys: 2 });
    const next = () => newKey({ tenant, expiresAt: undefined, createdAt: AT + 1 });
    const replaces = { id: old.id, endsAt: AT + 100 };
    expect(await credentials.insertApiKey(next(), { maxKeys: 2, replaces })).toBe('inserted');
    expect((await credentials.getApiKey(old.id))?.revokedAt).toBe(AT + 100);
    // Both are valid meanwhile; at once ended, the old one leaves its place to the new one.
    expect(await credentials.insertApiKey(next(), { maxKeys: 2, replaces })).toBe('full');
    const now = { id: old.id, endsAt: AT + 1 };
    expect(await credentials.insertApiKey(next(), { maxKeys: 2, replaces: now })).toBe('inserted');
    expect(await credentials.insertApiKey(next(), { maxKeys: 9, replaces: now })).toBe('ended');
    const foreign = newKey({ tenant: TenantId.parse(uuid()), createdAt: AT + 1, expiresAt: undefined });
    expect(await credentials.insertApiKey(foreign, { maxKeys: 9, replaces })).toBe('ended');
    expect((await credentials.getApiKey(old.id))?.revokedAt).toBe(AT + 1);
  });

  test('a revoked key stays revoked since the first time, and is listed for its tenant alone', async () => {
    const { credentials } = opened.stores;
    const [tenant, other] = [TenantId.parse(uuid()), TenantId.parse(uuid())];
    const keys = Array.from({ length: 3 }, () => newKey({ tenant }));
    for (const key of keys) await credentials.insertApiKey(key, { maxKeys: 9 });
    const [first] = keys;
    if (!first) throw new Error('No key was made.');
    expect(await credentials.revokeApiKey({ tenant: other, id: first.id, at: AT + 1 })).toBeUndefined();
    expect((await credentials.revokeApiKey({ tenant, id: first.id, at: AT + 1 }))?.revokedAt).toBe(AT + 1);
    expect((await credentials.revokeApiKey({ tenant, id: first.id, at: AT + 2 }))?.revokedAt).toBe(AT + 1);
    const newestFirst = keys.map(({ id }) => id).reverse();
    const page = await credentials.listApiKeys(tenant, { limit: 2, direction: 'forward' });
    expect([page.items.map(({ id }) => id), page.hasNextPage]).toEqual([newestFirst.slice(0, 2), true]);
    const rest = await credentials.listApiKeys(tenant, { limit: 2, direction: 'forward', after: newestFirst[1] });
    expect([rest.items.map(({ id }) => id), rest.hasNextPage]).toEqual([newestFirst.slice(2), false]);
    const back = await credentials.listApiKeys(tenant, { limit: 2, direction: 'backward', before: newestFirst[2] });
    expect(back.items.map(({ id }) => id)).toEqual(newestFirst.slice(0, 2));
    expect((await credentials.listApiKeys(other, { limit: 2, direction: 'forward' })).items).toEqual([]);
    expect(await credentials.getApiKeys(other, newestFirst)).toEqual([undefined, undefined, undefined]);
  });
});
