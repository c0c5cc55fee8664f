import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantId, TokenDenialId } from '../../../src/core/ids.ts';
import type { TokenDenial } from '../../../src/store/denial-store.ts';
import { createIsTokenDenied, createTokenDenialUseCases } from '../../../src/use-cases/token-denials.ts';
import { SCOPES, type Viewer } from '../../../src/use-cases/viewer.ts';
import { openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { createManualClock } from '../../support/manual-clock.ts';

let opened: TestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(() => opened.close());

function fixture() {
  const clock = createManualClock();
  const { denials } = opened.stores;
  const viewer: Viewer = { tenant: TenantId.parse(uuid()), subject: 'admin', scopes: new Set(SCOPES) };
  const deps = { denials, clock, newId: () => uuid(), maxDenials: 3, longestTokenMs: 1_000 };
  const isDenied = createIsTokenDenied(denials, clock);
  const useCases = createTokenDenialUseCases(deps);
  const deny = async (kind: string, value: string, expiresAt?: number): Promise<TokenDenial> => {
    const denied = await useCases.denyToken(viewer, { kind, value, expiresAt });
    if (!denied.ok) throw new Error(denied.error.message);
    return denied.value;
  };
  const { tenant } = viewer;
  return { ...useCases, clock, viewer, deny, isDenied, tenant };
}

describe('The deny-list', () => {
  test('names one token, or all of a subject, of one tenant', async () => {
    const { deny, isDenied, tenant } = fixture();
    await deny('jti', 'one');
    await deny('sub', 'ada');
    const asked = [
      { tenant, subject: 'bob', jti: 'one' },
      { tenant, subject: 'ada', jti: undefined },
      { tenant, subject: 'ada', jti: 'two' },
      { tenant, subject: 'bob', jti: 'two' },
      { tenant, subject: 'one', jti: 'ada' },
      { tenant, subject: 'bob', jti: undefined },
      { tenant: TenantId.parse(uuid()), subject: 'ada', jti: 'one' },
    ];
    const answers = await Promise.all(asked.map(isDenied));
    expect(answers).toEqual([true, true, true, false, false, false, false]);
  });

  test('forgets a token when none of its name can be valid, and a subject when it is told so', async () => {
    const { deny, isDenied, allowToken, clock, viewer, tenant } = fixture();
    const { expiresAt } = await deny('jti', 'one');
    expect(expiresAt).toBe(clock.now() + 1_000);
    const subject = await deny('sub', 'ada');
    expect(subject.expiresAt).toBeUndefined();
    clock.advance(1_000);
    expect(await isDenied({ tenant, subject: 'bob', jti: 'one' })).toBe(false);
    expect(await isDenied({ tenant, subject: 'ada', jti: undefined })).toBe(true);
    const stranger = { ...viewer, tenant: TenantId.parse(uuid()) };
    expect(await allowToken(stranger, subject.id)).toMatchObject({ error: { kind: 'NotFoundError' } });
    expect(await allowToken(viewer, subject.id)).toMatchObject({ ok: true });
    expect(await allowToken(viewer, subject.id)).toMatchObject({ error: { kind: 'NotFoundError' } });
    expect(await isDenied({ tenant, subject: 'ada', jti: undefined })).toBe(false);
  });

  test('has an entry once, with the later end', async () => {
    const { deny, clock, listTokenDenials, getTokenDenials, viewer } = fixture();
    const now = clock.now();
    const first = await deny('sub', 'ada', now + 10);
    expect(await deny('sub', 'ada', now + 20)).toEqual({ ...first, expiresAt: now + 20 });
    expect(await deny('sub', 'ada', now + 5)).toEqual({ ...first, expiresAt: now + 20 });
    expect(await deny('sub', 'ada')).toEqual({ ...first, expiresAt: undefined });
    expect(await deny('sub', 'ada', now + 5)).toEqual({ ...first, expiresAt: undefined });
    const second = await deny('sub', 'bob');
    const page = await listTokenDenials(viewer, { limit: 1, direction: 'forward' });
    expect([page.items, page.hasNextPage]).toEqual([[second], true]);
    const rest = await listTokenDenials(viewer, { limit: 1, direction: 'forward', after: second.id });
    expect(rest.items.map(({ id }) => id)).toEqual([first.id]);
    const missing = TokenDenialId.parse(uuid());
    expect(await getTokenDenials(viewer, [missing, second.id])).toEqual([undefined, second]);
  });

  test('ends at its limit, exactly, and what has expired leaves its place', async () => {
    const { denyToken, clock, viewer } = fixture();
    const deny = (value: string) => denyToken(viewer, { kind: 'jti', value, expiresAt: undefined });
    const answers = await Promise.all(Array.from({ length: 9 }, (_, place) => deny(`token ${place}`)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
    expect(await deny('more')).toMatchObject({ error: { issues: [{ rule: 'max-token-denials' }] } });
    clock.advance(1_000);
    expect(await deny('more')).toMatchObject({ ok: true });
  });

  test('is for who has the scope keys, and takes no nonsense', async () => {
    const { denyToken, allowToken, listTokenDenials, getTokenDenials, clock, viewer } = fixture();
    const other: Viewer = { ...viewer, scopes: new Set(SCOPES.filter((scope) => scope !== 'keys')) };
    const good = { kind: 'jti', value: 'one', expiresAt: undefined };
    const id = TokenDenialId.parse(uuid());
    for (const refused of [
      () => denyToken(other, good),
      () => allowToken(other, id),
      () => listTokenDenials(other, { limit: 1, direction: 'forward' }),
      () => getTokenDenials(other, [id]),
    ]) {
      await expect(refused()).rejects.toThrow('scope keys');
    }
    for (const wrong of [{ value: '' }, { value: 'x'.repeat(257) }, { value: 'a\u0000' }, { expiresAt: clock.now() }]) {
      const path = `/${Object.keys(wrong)[0]}`;
      expect(await denyToken(viewer, { ...good, ...wrong })).toMatchObject({ error: { issues: [{ path }] } });
    }
  });
});
