import { randomBytes } from 'node:crypto';
import type { MasterKeys } from '../core/master-key.ts';
import { createSecretVault, type SecretVault } from '../core/secret-vault.ts';
import type { DataKeyStore } from '../store/data-key-store.ts';
import {
  embeddedKeyFile,
  makeEmbeddedKey,
  readMasterKeys,
  SecretKeyError,
  type MasterKeySettings,
} from './read-master-keys.ts';

/**
 * What seals and opens the secrets of this database; undefined where there is no master key and no secret either. Throws
 * `SecretKeyError` when the database holds secrets that no key here opens: a server that went on would fail its tenants'
 * executions one by one.
 */
export async function openSecretVault(
  settings: MasterKeySettings,
  dataKeys: Pick<DataKeyStore, 'masterKeysInUse'>,
): Promise<SecretVault | undefined> {
  const given = await readMasterKeys(settings);
  const needed = await dataKeys.masterKeysInUse();
  const isEmbedded = settings.databaseUrl === undefined;
  const keys = given ?? (isEmbedded && needed.length === 0 ? await makeEmbeddedKey(settings) : undefined);
  const vault = keys && createSecretVault(keys, (bytes) => randomBytes(bytes));
  const missing = needed.find(({ id }) => vault?.hasMasterKey(id) !== true);
  if (missing === undefined) return vault;
  const { id, tenants } = missing;
  throw new SecretKeyError(
    `The database holds secrets of ${tenants === 1 ? '1 tenant' : `${tenants} tenants`} that only the master key ${id} opens, and ${had(keys)}. ` +
      `Set ICEOS_SECRET_KEY_FILE to the file with that key${isEmbedded ? ` (it was ${embeddedKeyFile(settings)})` : ''}, ` +
      'or ICEOS_SECRET_PREVIOUS_KEY_FILE while keys are exchanged. If it is lost, see "A lost master key" in docs/secrets.md.',
  );
}

function had(keys: MasterKeys | undefined): string {
  if (keys === undefined) return 'there is no master key here';
  const { current, previous } = keys;
  return `here is ${[current, ...(previous ? [previous] : [])].map(({ id }) => id).join(' and ')}`;
}
