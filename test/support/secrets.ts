import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { systemClock } from '../../src/core/clock.ts';
import type { TenantId } from '../../src/core/ids.ts';
import { toMasterKey, type MasterKey } from '../../src/core/master-key.ts';
import { createSecretVault, type SecretVault } from '../../src/core/secret-vault.ts';
import type { Stores } from '../../src/store/stores.ts';
import { createSecretUseCases } from '../../src/use-cases/secret-use-cases.ts';

export const masterKey = (byte: number): MasterKey => toMasterKey(Buffer.alloc(32, byte));

export const vaultWith = (current: MasterKey, previous?: MasterKey): SecretVault =>
  createSecretVault({ current, previous }, randomBytes);

/** Sets a secret of a tenant, as a server with that vault does. */
export async function setSecret(
  { secrets }: Pick<Stores, 'secrets'>,
  vault: SecretVault,
  secret: {
    readonly tenant: TenantId;
    readonly name: string;
    readonly value: string;
    readonly expectedVersion?: number;
  },
): Promise<void> {
  const useCases = createSecretUseCases({
    ...{ secrets, vault, clock: systemClock, newId: uuid },
    ...{ maxSecrets: 1_000, minSecretBytes: 8, maxSecretBytes: 1_000 },
  });
  const viewer = { tenant: secret.tenant, subject: 'test', scopes: new Set(['secrets'] as const) };
  const set = await useCases.setSecret(viewer, { expectedVersion: 0, ...secret });
  if (!set.ok) throw new Error(set.error.message);
}

/** What the tenant's secrets are with that vault; the sentence where one does not open. */
export async function openSecrets(
  { secrets }: Pick<Stores, 'secrets'>,
  vault: SecretVault,
  { tenant, names }: { readonly tenant: TenantId; readonly names: readonly string[] },
): Promise<readonly string[]> {
  const sealed = await secrets.read(tenant, names);
  return sealed
    .toSorted((a, b) => a.place.name.localeCompare(b.place.name))
    .map((each) => {
      const opened = vault.open(each.sealed, each.place, each.dataKey);
      return opened.ok ? opened.value : opened.error;
    });
}
