import { describe, expect, it } from 'vitest';
import { EMPTY_POLICY, type PolicyRecord } from '../../../src/blueprint/tenant-policy.ts';
import type { PolicyStore } from '../../../src/store/policy-store.ts';
import { createPolicyUseCases } from '../../../src/use-cases/policy-use-cases.ts';
import type { Viewer, ViewerScope } from '../../../src/use-cases/viewer.ts';
import { author } from '../../support/blueprint-use-cases.ts';

/** A store in memory; `before` runs between the look and the write, as another client would. */
function memoryPolicies(before?: () => void): PolicyStore & { current: PolicyRecord } {
  const store = {
    current: { tenant: author.tenant, version: 0, policy: EMPTY_POLICY, updatedAt: undefined, updatedBy: undefined },
    get: () => Promise.resolve(store.current),
    change({ expectedVersion, policy, at, by }) {
      before?.();
      if (expectedVersion !== store.current.version) return Promise.resolve({ type: 'stale', record: store.current });
      store.current = { ...store.current, version: expectedVersion + 1, policy, updatedAt: at, updatedBy: by };
      return Promise.resolve({ type: 'written', record: store.current });
    },
  } as PolicyStore & { current: PolicyRecord }; // its parts refer to it
  return store;
}

const useCasesOn = (policies: PolicyStore) =>
  createPolicyUseCases({ policies, clock: { now: () => 5 }, folders: ['reports', 'invoices'] });
const viewerWith = (...scopes: ViewerScope[]): Viewer => ({ ...author, scopes: new Set(scopes) });
const hosts = (...names: string[]) => ({ hosts: names, folders: [], secrets: [] });

describe('updatePolicy', () => {
  it('writes for the present version, and says what was written', async () => {
    const { updatePolicy, getPolicy } = useCasesOn(memoryPolicies());
    const updated = await updatePolicy(author, { expectedVersion: 0, policy: hosts('B.test:1', 'a.test:1') });
    expect(updated).toMatchObject({
      ok: true,
      value: { outcome: 'applied', policy: { version: 1, updatedAt: 5, updatedBy: 'author' } },
    });
    expect((await getPolicy(author)).policy.hosts).toEqual(['a.test:1', 'b.test:1']);
  });

  it('changes nothing where nothing differs, however old the version', async () => {
    const { updatePolicy } = useCasesOn(memoryPolicies());
    await updatePolicy(author, { expectedVersion: 0, policy: hosts('a.test:1') });
    await updatePolicy(author, { expectedVersion: 1, policy: hosts('b.test:1') });
    const again = await updatePolicy(author, { expectedVersion: 1, policy: hosts('b.test:1') });
    expect(again).toMatchObject({ ok: true, value: { outcome: 'unchanged', policy: { version: 2 } } });
  });

  it('answers a stale version with the policy as it is', async () => {
    const { updatePolicy } = useCasesOn(memoryPolicies());
    await updatePolicy(author, { expectedVersion: 0, policy: hosts('a.test:1') });
    expect(await updatePolicy(author, { expectedVersion: 0, policy: hosts('b.test:1') })).toMatchObject({
      ok: false,
      error: { kind: 'PolicyVersionConflict', expectedVersion: 0, actualVersion: 1, current: { version: 1 } },
    });
  });

  it('notices who was quicker between the look and the write', async () => {
    const store = memoryPolicies(() => {
      store.current = { ...store.current, version: 1, policy: hosts('quick.test:1') };
    });
    const { updatePolicy } = useCasesOn(store);
    expect(await updatePolicy(author, { expectedVersion: 0, policy: hosts('a.test:1') })).toMatchObject({
      ok: false,
      error: { kind: 'PolicyVersionConflict', actualVersion: 1 },
    });
    store.current = { ...store.current, version: 0, policy: EMPTY_POLICY };
    expect(await updatePolicy(author, { expectedVersion: 0, policy: hosts('quick.test:1') })).toMatchObject({
      ok: true,
      value: { outcome: 'unchanged' },
    });
  });

  it.each([
    [{ expectedVersion: 1, policy: hosts() }, /expectedVersion is 1, but the policy is at version 0/],
    [{ expectedVersion: -1, policy: hosts() }, /expectedVersion is -1/],
    [{ expectedVersion: 0, policy: hosts('*.test:1') }, /\/hosts\/0: It must be a host and a port/],
    [
      { expectedVersion: 0, policy: { ...hosts(), folders: ['reprots'] } },
      /\/folders\/0: The operator has named no folder "reprots". Did you mean "reports"\?/,
    ],
    [
      { expectedVersion: 0, policy: { ...hosts(), folders: ['elsewhere'] } },
      /There are "invoices" and "reports"\. ICEOS_FOLDERS names them/,
    ],
  ])('refuses %j', async (input, sentence) => {
    const store = memoryPolicies();
    expect(await useCasesOn(store).updatePolicy(author, input)).toMatchObject({
      ok: false,
      error: { kind: 'InvalidInputError', message: expect.stringMatching(sentence) },
    });
    expect(store.current.version).toBe(0);
  });

  it('needs its scope; reading needs that or the one of blueprints', async () => {
    const { updatePolicy, getPolicy } = useCasesOn(memoryPolicies());
    const input = { expectedVersion: 0, policy: hosts('a.test:1') };
    await expect(updatePolicy(viewerWith('blueprints:write', 'blueprints:read'), input)).rejects.toThrow(
      /grants:write/,
    );
    expect((await getPolicy(viewerWith('blueprints:read'))).version).toBe(0);
    expect((await getPolicy(viewerWith('grants:write'))).version).toBe(0);
    await expect(getPolicy(viewerWith('executions:write'))).rejects.toThrow(/blueprints:read/);
  });
});
