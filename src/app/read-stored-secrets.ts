import type { TenantId } from '../core/ids.ts';
import type { SecretVault } from '../core/secret-vault.ts';
import type { SealedSecret, SecretStore } from '../store/secret-store.ts';

/** Values of a tenant's stored secrets, by name: each is opened when it is asked for, and undefined where it does not open. */
export type ReadStoredSecrets = (
  tenant: TenantId,
  names: readonly string[],
) => Promise<ReadonlyMap<string, () => string | undefined>>;

export interface ReadStoredSecretsDeps {
  readonly secrets: Pick<SecretStore, 'read'>;
  readonly vault: SecretVault | undefined;
  readonly reportFault: (error: unknown) => void;
}

export const createReadStoredSecrets =
  ({ secrets, vault, reportFault }: ReadStoredSecretsDeps): ReadStoredSecrets =>
  async (tenant, names) => {
    if (names.length === 0) return new Map();
    const found = await secrets.read(tenant, names);
    return new Map(found.map((secret) => [secret.place.name, createRead(secret, { vault, reportFault })]));
  };

function createRead(
  { place, sealed, dataKey }: SealedSecret,
  { vault, reportFault }: Omit<ReadStoredSecretsDeps, 'secrets'>,
): () => string | undefined {
  let isTold = false;
  return () => {
    const opened = vault?.open(sealed, place, dataKey);
    if (opened?.ok === true) return opened.value;
    // Once for a call, however often it is asked for.
    if (!isTold) {
      const fault = opened === undefined ? 'This server has no master key; set ICEOS_SECRET_KEY_FILE.' : opened.error;
      reportFault(new Error(`The secret "${place.name}" of tenant ${place.tenant} cannot be used. ${fault}`));
    }
    isTold = true;
    return undefined;
  };
}
