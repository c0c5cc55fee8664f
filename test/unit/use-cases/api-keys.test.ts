import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ApiKeyId, DEFAULT_TENANT } from '../../../src/core/ids.ts';
import type { ApiKeyRecord, CredentialStore } from '../../../src/store/credential-store.ts';
import { formatApiKey, newSecret, parseApiKey } from '../../../src/use-cases/api-key-text.ts';
import { createAuthenticate } from '../../../src/use-cases/authenticate.ts';
import { createCreateApiKey, createEnsureFirstApiKey } from '../../../src/use-cases/create-api-key.ts';
import { ForbiddenError, SCOPES, type Viewer } from '../../../src/use-cases/viewer.ts';

const NOW = 1_700_000_000_000;

function fixture() {
  const rows = new Map<string, ApiKeyRecord>();
  const used: number[] = [];
  const looks: number[] = [];
  const time = { now: NOW };
  const credentials: CredentialStore = {
    isEmpty: () => Promise.resolve(rows.size === 0),
    insertApiKey: (record) => Promise.resolve(void rows.set(record.id, record)),
    insertFirstApiKey(record) {
      if (rows.size > 0) return Promise.resolve(false);
      rows.set(record.id, record);
      return Promise.resolve(true);
    },
    getApiKey(id) {
      looks.push(time.now);
      return Promise.resolve(rows.get(id));
    },
    markUsed: (_id, at) => Promise.resolve(void used.push(at)),
  };
  const clock = { now: () => time.now, monotonicMs: () => time.now, delay: () => Promise.resolve() };
  const deps = { credentials, clock, newId: () => randomUUID() };
  return {
    rows,
    used,
    looks,
    time,
    authenticate: createAuthenticate(deps),
    createApiKey: createCreateApiKey(deps),
    ensureFirstApiKey: createEnsureFirstApiKey(deps),
  };
}

const reader: Viewer = { tenant: DEFAULT_TENANT, subject: 'reader', scopes: new Set(['blueprints:read']) };

describe('The text of an API key', () => {
  it('can be taken apart again, and one wrong letter is found without the database', () => {
    const parts = { id: ApiKeyId.parse(randomUUID()), secret: newSecret() };
    const text = formatApiKey(parts);
    expect(text).toMatch(/^ice_[0-9a-f]{32}_[0-9A-Za-z]{49}$/);
    expect(parseApiKey(text)).toEqual(parts);
    const other = text.at(-10) === 'a' ? 'b' : 'a';
    expect(parseApiKey(text.slice(0, -10) + other + text.slice(-9))).toBeUndefined();
  });

  it('holds 256 random bits', () => {
    expect(new Set(Array.from({ length: 100 }, newSecret)).size).toBe(100);
    expect(newSecret()).toHaveLength(43);
  });
});

describe('An API key', () => {
  it('that cannot be kept is not made: the next start makes another', async () => {
    const { ensureFirstApiKey, rows } = fixture();
    await expect(ensureFirstApiKey(() => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
    expect(rows.size).toBe(0);
    const kept: string[] = [];
    const first = await ensureFirstApiKey(async (key) => async (isFirst) => void kept.push(`${key} ${isFirst}`));
    expect(kept).toEqual([`${first?.key} true`]);
  });

  it('is not the first when another start was faster, and who kept its text hears so', async () => {
    const { ensureFirstApiKey, rows } = fixture();
    const kept: boolean[] = [];
    const late = await ensureFirstApiKey(async () => {
      await ensureFirstApiKey();
      return async (isFirst) => void kept.push(isFirst);
    });
    expect([late, kept, rows.size]).toEqual([undefined, [false], 1]);
  });

  it('is made once for an empty store, with all scopes, and only its hash is stored', async () => {
    const { ensureFirstApiKey, authenticate, rows } = fixture();
    const first = await ensureFirstApiKey();
    expect(await ensureFirstApiKey()).toBeUndefined();
    const session = await authenticate(first?.key ?? '');
    expect(session?.viewer).toEqual({ tenant: DEFAULT_TENANT, subject: 'first', scopes: new Set(SCOPES) });
    const secret = parseApiKey(first?.key ?? '')?.secret ?? '?';
    expect(JSON.stringify([...rows.values()])).not.toContain(secret);
  });

  it('is refused when it is unknown, has another secret, has expired or was revoked', async () => {
    const { createApiKey, authenticate, rows, time } = fixture();
    const input = { name: 'ci', scopes: ['blueprints:read'] as const, expiresAt: NOW + 1_000 };
    const { id, key } = await createApiKey(reader, input);
    expect(await authenticate(key)).toBeDefined();
    expect(await authenticate(formatApiKey({ id, secret: newSecret() }))).toBeUndefined();
    expect(await authenticate(formatApiKey({ id: ApiKeyId.parse(randomUUID()), secret: newSecret() }))).toBeUndefined();
    expect(await authenticate('Bearer nonsense')).toBeUndefined();
    time.now = NOW + 1_000;
    expect(await authenticate(key)).toBeUndefined();
    time.now = NOW;
    const session = await authenticate(key);
    expect(await session?.isValid()).toBe(true);
    const row = rows.get(id);
    if (row) rows.set(id, { ...row, revokedAt: NOW, expiresAt: undefined });
    time.now = NOW + 1_000;
    expect(await session?.isValid()).toBe(false);
    expect(await authenticate(key)).toBeUndefined();
  });

  it('is looked at once a second, however many streams are open with it', async () => {
    const { ensureFirstApiKey, authenticate, looks, time } = fixture();
    const { key } = (await ensureFirstApiKey()) ?? { key: '' };
    const sessions = await Promise.all(Array.from({ length: 10 }, () => authenticate(key)));
    looks.length = 0;
    for (const session of sessions) expect(await session?.isValid()).toBe(true);
    expect(looks).toEqual([NOW]);
    time.now = NOW + 1_000;
    await Promise.all(sessions.map(async (session) => session?.isValid()));
    expect(looks).toEqual([NOW, NOW + 1_000]);
  });

  it('cannot be given scopes that its maker lacks', async () => {
    const { createApiKey, rows } = fixture();
    const input = { name: 'more', scopes: ['blueprints:write'] as const, expiresAt: undefined };
    await expect(createApiKey(reader, input)).rejects.toThrow(ForbiddenError);
    expect(rows.size).toBe(0);
  });

  it('notes its last use at most once a minute', async () => {
    const { ensureFirstApiKey, authenticate, used, time } = fixture();
    const { key } = (await ensureFirstApiKey()) ?? { key: '' };
    await authenticate(key);
    await authenticate(key);
    expect(used).toEqual([NOW]);
    time.now = NOW + 60_000;
    await authenticate(key);
    expect(used).toEqual([NOW, NOW + 60_000]);
  });
});
