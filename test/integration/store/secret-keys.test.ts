import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSecretVault } from '../../../src/app/open-secret-vault.ts';
import { readMasterKeys, SecretKeyError, type MasterKeySettings } from '../../../src/app/read-master-keys.ts';
import { startFault } from '../../../src/app/serve.ts';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { formatMasterKey, type MasterKey } from '../../../src/core/master-key.ts';
import { startTestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { masterKey, openSecrets, setSecret, vaultWith } from '../../support/secrets.ts';

const [old, current] = [masterKey(1), masterKey(2)];

let folder: string;
let database: ServerTestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-keys-'));
  database = await openTestDatabase();
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

let count = 0;
async function fileWith(text: string, mode = 0o600): Promise<string> {
  const file = path.join(folder, `key-${(count += 1)}`);
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}
const keyFile = ({ key }: MasterKey): Promise<string> => fileWith(formatMasterKey(key));

const settings = (more: Partial<MasterKeySettings> = {}): MasterKeySettings => ({
  secretKeyFile: undefined,
  secretKey: undefined,
  secretPreviousKeyFile: undefined,
  databaseUrl: database.url,
  dataDir: path.join(folder, 'data'),
  ...more,
});
async function faultOf(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SecretKeyError);
  // A setting is to blame, so that the start ends with 78 and this sentence.
  return startFault(error) ?? '';
}
const noKeys = { masterKeysInUse: async () => [] };

describe('the master key', () => {
  it('is read from a file, or else from the environment, with the one before', async () => {
    const [now, before] = [await keyFile(current), await keyFile(old)];
    expect(await readMasterKeys(settings({ secretKeyFile: now, secretPreviousKeyFile: before }))).toEqual({
      current,
      previous: old,
    });
    const secretKey = Buffer.from(current.key).toString('base64');
    expect(await readMasterKeys(settings({ secretKey }))).toEqual({ current, previous: undefined });
    expect(await readMasterKeys(settings())).toBeUndefined();
  });

  it.each([
    ['', 0o600, /ICEOS_SECRET_KEY_FILE: .* is empty\. Make one with: head -c 32/],
    ['aHVudGVyMi1odW50ZXIy', 0o600, /has 15 bytes in base64, and a key has 32/],
    ['hunter2-hunter2', 0o600, /is not base64/],
    [formatMasterKey(old.key), 0o640, /can be read or changed by others than its owner\. Do: chmod 600/],
    ['A'.repeat(5_000), 0o600, /is larger than 4096 bytes/],
  ])('is refused without a word of it: %.8s %o', async (text, mode, sentence) => {
    const fault = await faultOf(readMasterKeys(settings({ secretKeyFile: await fileWith(text, mode) })));
    expect(fault).toMatch(sentence);
    expect(fault).not.toMatch(/hunter2|aHVudGVy|AQEBAQ/);
  });

  it('is refused when it is not there, twice there, or there is only the one before', async () => {
    const missing = settings({ secretKeyFile: path.join(folder, 'missing') });
    expect(await faultOf(readMasterKeys(missing))).toMatch(/ICEOS_SECRET_KEY_FILE: .* cannot be read: ENOENT/);
    const secretKeyFile = await keyFile(current);
    expect(await faultOf(readMasterKeys(settings({ secretKeyFile, secretKey: 'x' })))).toMatch(
      /ICEOS_SECRET_KEY: ICEOS_SECRET_KEY_FILE is set too/,
    );
    expect(await faultOf(readMasterKeys(settings({ secretPreviousKeyFile: secretKeyFile })))).toMatch(
      /no other master key beside it/,
    );
    expect(await faultOf(readMasterKeys(settings({ secretKey: 'hunter2' })))).toMatch(
      /^ICEOS_SECRET_KEY: it has 5 bytes in base64/,
    );
  });

  it('of the embedded database is made once, for its owner alone', async () => {
    const embedded = settings({ databaseUrl: undefined });
    const first = await openSecretVault(embedded, noKeys);
    const file = path.join(folder, 'data', 'secret.key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    const again = await openSecretVault(embedded, noKeys);
    expect(again?.currentMasterKeyId).toBe(first?.currentMasterKeyId);
    expect(await readFile(file, 'utf8')).toBe(text);
    // Gone while there are secrets: another one would not open them.
    await rm(file);
    const inUse = { masterKeysInUse: async () => [{ id: 'abc', tenants: 1 }] };
    const fault = await faultOf(openSecretVault(embedded, inUse));
    expect(fault).toMatch(/secrets of 1 tenant that only the master key abc opens, and there is no master key here/);
    expect(fault).toContain(file);
    // With a server nothing is made.
    expect(await openSecretVault(settings(), noKeys)).toBeUndefined();
  });
});

describe('a server on a database with secrets', () => {
  it('starts with the key that they need, and with no other', async () => {
    await setSecret(database.stores, vaultWith(old), {
      tenant: DEFAULT_TENANT,
      name: 'token',
      value: 'hunter2-hunter2',
    });
    const start = async (environment: Record<string, string>): Promise<void> => {
      const app = await startTestApp({
        databaseUrl: database.url,
        environment: { ICEOS_ROLE: 'gateway', ...environment },
      });
      await app.close();
    };
    const without = await faultOf(start({}));
    expect(without).toMatch(
      new RegExp(
        `holds secrets of 1 tenant that only the master key ${old.id} opens, and there is no master key here\\. Set ICEOS_SECRET_KEY_FILE`,
      ),
    );
    const [now, before] = [await keyFile(current), await keyFile(old)];
    const wrong = await faultOf(start({ ICEOS_SECRET_KEY_FILE: now }));
    expect(wrong).toContain(`and here is ${current.id}. Set ICEOS_SECRET_KEY_FILE`);
    expect(wrong + without).not.toMatch(/hunter2/);
    await start({ ICEOS_SECRET_KEY_FILE: before });
    await start({ ICEOS_SECRET_KEY_FILE: now, ICEOS_SECRET_PREVIOUS_KEY_FILE: before });
    const opened = await openSecrets(database.stores, vaultWith(old), { tenant: DEFAULT_TENANT, names: ['token'] });
    expect(opened).toEqual(['hunter2-hunter2']);
  });
});
