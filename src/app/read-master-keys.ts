import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { KEY_BYTES } from '../core/envelope.ts';
import { formatMasterKey, parseMasterKey, type MasterKey, type MasterKeys } from '../core/master-key.ts';
import { KIB } from '../core/units.ts';
import { readPrivateFile } from './read-private-file.ts';
import { writePrivateFile } from './write-private-file.ts';

/** The master key cannot be used, or is not the one that the database needs; the sentence says what to do. */
export class SecretKeyError extends Error {
  override readonly name = 'SecretKeyError';
}

export type MasterKeySettings = Pick<
  Config,
  'secretKeyFile' | 'secretKey' | 'secretPreviousKeyFile' | 'databaseUrl' | 'dataDir'
>;

/** Where the embedded database has its master key when the settings name none. */
export const embeddedKeyFile = ({ dataDir }: Pick<Config, 'dataDir'>): string => path.join(dataDir, 'secret.key');

/** The keys of the settings, or of the embedded database; undefined: there are none. Throws `SecretKeyError`. */
export async function readMasterKeys(settings: MasterKeySettings): Promise<MasterKeys | undefined> {
  const current = await readCurrent(settings);
  const { secretPreviousKeyFile } = settings;
  if (secretPreviousKeyFile === undefined) return current && { current, previous: undefined };
  if (current === undefined) {
    throw new SecretKeyError(
      'ICEOS_SECRET_PREVIOUS_KEY_FILE: there is no other master key beside it. Set ICEOS_SECRET_KEY_FILE to the new one.',
    );
  }
  return { current, previous: await readKeyFile(secretPreviousKeyFile, 'ICEOS_SECRET_PREVIOUS_KEY_FILE') };
}

async function readCurrent(settings: MasterKeySettings): Promise<MasterKey | undefined> {
  const { secretKeyFile, secretKey, databaseUrl } = settings;
  if (secretKeyFile !== undefined && secretKey !== undefined) {
    throw new SecretKeyError('ICEOS_SECRET_KEY: ICEOS_SECRET_KEY_FILE is set too. Keep the file, and unset the other.');
  }
  if (secretKeyFile !== undefined) return readKeyFile(secretKeyFile, 'ICEOS_SECRET_KEY_FILE');
  if (secretKey !== undefined) return parsed(secretKey, 'ICEOS_SECRET_KEY: it');
  if (databaseUrl !== undefined) return undefined;
  const file = embeddedKeyFile(settings);
  return (await isThere(file)) ? readKeyFile(file, 'The master key of the embedded database') : undefined;
}

async function readKeyFile(file: string, what: string): Promise<MasterKey> {
  const fault = (message: string): Error => new SecretKeyError(`${what}: ${message}`);
  const bytes = await readPrivateFile(file, { maxBytes: 4 * KIB, fault });
  return parsed(bytes.toString('latin1'), `${what}: ${file}`);
}

function parsed(text: string, what: string): MasterKey {
  const key = parseMasterKey(text);
  if (key.ok) return key.value;
  throw new SecretKeyError(`${what} ${key.error}`);
}

const isThere = (file: string): Promise<boolean> =>
  open(file).then(
    (handle) => handle.close().then(() => true),
    // What is there and cannot be read is told by who reads it.
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  );

/** Makes the master key of an embedded database, on the disk before anything is sealed with it. */
export async function makeEmbeddedKey(settings: MasterKeySettings): Promise<MasterKeys> {
  const file = embeddedKeyFile(settings);
  await writePrivateFile(file, formatMasterKey(randomBytes(KEY_BYTES)));
  return { current: await readKeyFile(file, 'The master key of the embedded database'), previous: undefined };
}
