import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSecrets, SecretsFileError } from '../../../src/app/read-secrets.ts';
import { startFault } from '../../../src/app/serve.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-secrets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function fileWith(text: string, mode = 0o600): Promise<string> {
  count += 1;
  const file = path.join(folder, `secrets-${count}`);
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}
async function faultOf(file: string): Promise<string> {
  const error: unknown = await readSecrets(file).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SecretsFileError);
  // A setting is to blame, so that the start ends with 78 and this sentence.
  return startFault(error) ?? '';
}

describe('the file of secrets', () => {
  it('is read as YAML and as JSON; without one there is no secret', async () => {
    expect(
      Object.fromEntries(await readSecrets(await fileWith('api-token: abcdefgh\nkey: |\n  one\n  two-lines\n'))),
    ).toEqual({
      'api-token': 'abcdefgh',
      key: 'one\ntwo-lines\n',
    });
    expect((await readSecrets(await fileWith('{"token":"abcdefgh"}'))).get('token')).toBe('abcdefgh');
    expect((await readSecrets(await fileWith(''))).size).toBe(0);
    expect((await readSecrets(undefined)).size).toBe(0);
  });

  it.each([0o640, 0o604, 0o620, 0o666])('is refused when others may use it: %o', async (mode) => {
    const file = await fileWith('token: abcdefgh', mode);
    expect(await faultOf(file)).toBe(
      `ICEOS_SECRETS_FILE: ${file} can be read or changed by others than its owner. Do: chmod 600 ${file}`,
    );
  });

  it.each([
    ['token: short', /token is shorter than 8 bytes/],
    [`token: ${'x'.repeat(16_385)}`, /token is longer than 16384 bytes/],
    ['token: 1234567890', /token must be text; write quotes/],
    ['- abcdefgh', /must map names to values/],
    ['"Not A Name": abcdefgh', /Not A Name is no name: small letters/],
    ['token: "abcdefgh', /is neither YAML nor JSON/],
    ['a: &a abcdefgh\nb: *a', /is neither YAML nor JSON/],
    [`# ${'x'.repeat(1_048_576)}`, /is larger than 1048576 bytes/],
  ])('is refused without a value in the sentence: %.30s', async (text, sentence) => {
    const fault = await faultOf(await fileWith(text));
    expect(fault).toMatch(sentence);
    expect(fault).not.toMatch(/abcdefgh|1234567890|: short/);
  });

  it('is refused when it is not there, or no file', async () => {
    expect(await faultOf(path.join(folder, 'missing'))).toMatch(/cannot be read: ENOENT/);
    expect(await faultOf(folder)).toMatch(/is no file/);
  });
});
