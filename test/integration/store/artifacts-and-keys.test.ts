import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiKeyId, DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { MINUTE_MS } from '../../../src/core/units.ts';
import { MAX_ARTIFACT_BYTES } from '../../../src/store/artifact-store.ts';
import type { ApiKeyRecord } from '../../../src/store/credential-store.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { AT, someDigest } from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };

const newKey = (): ApiKeyRecord => ({
  id: ApiKeyId.parse(uuid()),
  tenant: DEFAULT_TENANT,
  name: 'laptop',
  secretHash: Buffer.from(randomBytes(32)),
  scopes: ['blueprints:read', 'executions:write'],
  createdAt: AT,
  expiresAt: AT + 5,
  revokedAt: undefined,
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
    await credentials.insertApiKey(record);
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
});
