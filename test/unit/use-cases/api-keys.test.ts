import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ApiKeyId, DEFAULT_TENANT, TenantId } from '../../../src/core/ids.ts';
import type { Result } from '../../../src/core/result.ts';
import type { ApiKeyRecord, CredentialStore } from '../../../src/store/credential-store.ts';
import { formatApiKey, newSecret, parseApiKey } from '../../../src/use-cases/api-key-text.ts';
import { createAuthenticate } from '../../../src/use-cases/authenticate.ts';
import { createApiKeyUseCases } from '../../../src/use-cases/api-key-use-cases.ts';
import { createEnsureFirstApiKey } from '../../../src/use-cases/create-api-key.ts';
import { ForbiddenError, SCOPES, type Viewer } from '../../../src/use-cases/viewer.ts';

const NOW = 1_700_000_000_000;

function fixture() {
  const rows = new Map<string, ApiKeyRecord>();
  const used: number[] = [];
  const looks: number[] = [];
  const time = { now: NOW };
  const credentials: CredentialStore = {
    isEmpty: () => Promise.resolve(rows.size === 0),
    async insertApiKey(record, { maxKeys, replaces }) {
      const old = replaces && rows.get(replaces.id);
      if (rows.size >= maxKeys) return 'full';
      if (replaces && old) rows.set(old.id, { ...old, revokedAt: replaces.endsAt });
      rows.set(record.id, record);
      return 'inserted';
    },
    getApiKeys: (tenant, ids) =>
      Promise.resolve(ids.map((id) => [rows.get(id)].find((record) => record?.tenant === tenant))),
    listApiKeys: (tenant) => {
      const items = [...rows.values()].filter((record) => record.tenant === tenant);
      return Promise.resolve({ items, hasNextPage: false, hasPreviousPage: false });
    },
    async revokeApiKey({ tenant, id, at }) {
      const record = rows.get(id);
      if (record?.tenant !== tenant) return undefined;
      rows.set(id, { ...record, revokedAt: at });
      return rows.get(id);
    },
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
  const deps = { credentials, clock, newId: () => randomUUID(), maxKeys: 3, maxOverlapMs: 1_000 };
  return {
    rows,
    used,
    looks,
    time,
    authenticate: createAuthenticate(deps),
    ...createApiKeyUseCases(deps),
    credentials,
    ensureFirstApiKey: createEnsureFirstApiKey(deps),
  };
}

const reader: Viewer = { tenant: DEFAULT_TENANT, subject: 'reader', scopes: new Set(['blueprints:read', 'keys']) };
const admin: Viewer = { ...reader, subject: 'admin', scopes: new Set(SCOPES) };
const stranger: Viewer = { ...admin, tenant: TenantId.parse(randomUUID()) };

function valueOf<T>(result: Result<T, { readonly message: string }>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

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
    const credential = { kind: 'apiKey', id: first?.apiKey.id };
    expect(session?.viewer).toEqual({ tenant: DEFAULT_TENANT, subject: 'first', scopes: new Set(SCOPES), credential });
    const secret = parseApiKey(first?.key ?? '')?.secret ?? '?';
    expect(JSON.stringify([...rows.values()])).not.toContain(secret);
  });

  it('is refused when it is unknown, has another secret, has expired or was revoked', async () => {
    const { createApiKey, authenticate, rows, time } = fixture();
    const input = { name: 'ci', scopes: ['blueprints:read'] as const, expiresAt: NOW + 1_000 };
    const { key, apiKey } = valueOf(await createApiKey(reader, input));
    const { id } = apiKey;
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

  it('is looked at every 250 ms at most, however many streams are open with it', async () => {
    const { ensureFirstApiKey, authenticate, looks, time } = fixture();
    const { key } = (await ensureFirstApiKey()) ?? { key: '' };
    const sessions = await Promise.all(Array.from({ length: 10 }, () => authenticate(key)));
    looks.length = 0;
    for (const session of sessions) expect(await session?.isValid()).toBe(true);
    expect(looks).toEqual([NOW]);
    time.now = NOW + 250;
    await Promise.all(sessions.map(async (session) => session?.isValid()));
    expect(looks).toEqual([NOW, NOW + 250]);
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

describe('Making keys', () => {
  it.each([
    ['no name', { name: '' }, '/name'],
    ['a name of blanks', { name: '  ' }, '/name'],
    ['a name with a control character', { name: 'a\u0000b' }, '/name'],
    ['a name of 129 characters', { name: 'x'.repeat(129) }, '/name'],
    ['no scope', { scopes: [] }, '/scopes'],
    ['a scope that there is not', { scopes: ['blueprints:reed'] }, '/scopes/0'],
    ['an expiry that has passed', { expiresAt: NOW }, '/expiresAt'],
  ])('refuses %s', async (_what, wrong, path) => {
    const { createApiKey, rows } = fixture();
    const made = await createApiKey(admin, { name: 'ci', scopes: ['blueprints:read'], expiresAt: undefined, ...wrong });
    expect(made).toMatchObject({ ok: false, error: { kind: 'InvalidInputError', issues: [{ path }] } });
    expect(rows.size).toBe(0);
  });

  it('is for who has the scope keys, as is all else about them', async () => {
    const { createApiKey, rotateApiKey, revokeApiKey, listApiKeys, getApiKeys } = fixture();
    const id = ApiKeyId.parse(randomUUID());
    const writer: Viewer = { ...admin, scopes: new Set(SCOPES.filter((scope) => scope !== 'keys')) };
    const wanted = { name: 'ci', scopes: ['blueprints:read'], expiresAt: undefined };
    const page = { limit: 1, direction: 'forward' } as const;
    for (const refused of [
      () => createApiKey(writer, wanted),
      () => rotateApiKey(writer, { id, overlapMs: 0 }),
      () => revokeApiKey(writer, id),
      () => listApiKeys(writer, page),
      () => getApiKeys(writer, [id]),
    ]) {
      await expect(refused()).rejects.toThrow('This needs the scope keys.');
    }
  });

  it('ends at the most that a tenant may have, and never shows a hash', async () => {
    const { createApiKey, listApiKeys } = fixture();
    const make = () => createApiKey(admin, { name: 'ci', scopes: ['keys', 'keys'], expiresAt: undefined });
    for (let made = 0; made < 3; made += 1) expect(valueOf(await make()).apiKey.scopes).toEqual(['keys']);
    expect(await make()).toMatchObject({ error: { issues: [{ rule: 'max-api-keys' }] } });
    const { items } = await listApiKeys(admin, { limit: 9, direction: 'forward' });
    expect(items).toHaveLength(3);
    expect(items.some((item) => 'secretHash' in item)).toBe(false);
  });
});

describe('Rotating a key', () => {
  it('gives a new text for the same rights, and ends the old one after the overlap, also in open streams', async () => {
    const { createApiKey, rotateApiKey, authenticate, time } = fixture();
    const wanted = { name: 'ci', scopes: ['blueprints:read'], expiresAt: NOW + 60_000 };
    const old = valueOf(await createApiKey(admin, wanted));
    const stream = await authenticate(old.key);
    const rotated = valueOf(await rotateApiKey(admin, { id: old.apiKey.id, overlapMs: 1_000 }));
    expect(rotated.apiKey).toMatchObject(wanted);
    const credential = { kind: 'apiKey', id: rotated.apiKey.id };
    expect((await authenticate(rotated.key))?.viewer).toEqual({ ...stream?.viewer, credential });
    expect(await authenticate(old.key)).toBeDefined();
    time.now = NOW + 1_000;
    expect(await authenticate(old.key)).toBeUndefined();
    expect(await stream?.isValid()).toBe(false);
    expect(await authenticate(rotated.key)).toBeDefined();
  });

  it('ends the old one at once by default, and does not bring back what has ended', async () => {
    const { createApiKey, rotateApiKey, authenticate } = fixture();
    const old = valueOf(await createApiKey(admin, { name: 'ci', scopes: ['keys'], expiresAt: undefined }));
    const id = old.apiKey.id;
    valueOf(await rotateApiKey(admin, { id, overlapMs: undefined }));
    expect(await authenticate(old.key)).toBeUndefined();
    const again = await rotateApiKey(admin, { id, overlapMs: undefined });
    expect(again).toMatchObject({ error: { kind: 'InvalidInputError', issues: [{ rule: 'valid-key' }] } });
  });

  it('is refused beyond the longest overlap, beyond own scopes, and for the key of another tenant', async () => {
    const { createApiKey, rotateApiKey, revokeApiKey, rows } = fixture();
    const { id } = valueOf(
      await createApiKey(admin, { name: 'ci', scopes: ['executions:write'], expiresAt: undefined }),
    ).apiKey;
    for (const overlapMs of [1_001, -1, 0.5]) {
      expect(await rotateApiKey(admin, { id, overlapMs })).toMatchObject({
        error: { issues: [{ path: '/overlapMs' }] },
      });
    }
    await expect(rotateApiKey(reader, { id, overlapMs: 0 })).rejects.toThrow('This needs the scope executions:write.');
    const foreign = await rotateApiKey(stranger, { id, overlapMs: 0 });
    const missing = await rotateApiKey(stranger, { id: ApiKeyId.parse(randomUUID()), overlapMs: 0 });
    expect([foreign, missing]).toMatchObject([
      { error: { kind: 'NotFoundError' } },
      { error: { kind: 'NotFoundError' } },
    ]);
    expect(await revokeApiKey(stranger, id)).toMatchObject({ error: { kind: 'NotFoundError' } });
    expect([...rows.values()]).toMatchObject([{ id, revokedAt: undefined }]);
  });
});
