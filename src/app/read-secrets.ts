import { open } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { GrantName } from '../blueprint/grants.ts';
import { KIB, MIB } from '../core/units.ts';
import { MIN_SECRET_BYTES } from '../sandbox/secret-forms.ts';

/** The file of secrets cannot be used; the sentence says what to do and holds no value. */
export class SecretsFileError extends Error {
  override readonly name = 'SecretsFileError';
  constructor(message: string) {
    super(`ICEOS_SECRETS_FILE: ${message}`);
  }
}

const MAX_FILE_BYTES = MIB;
const MAX_SECRET_BYTES = 16 * KIB;
/** Read, write or execute, for the group or for others. */
const OTHERS = 0o077;

const Secret = z
  .string('must be text; write quotes around numbers')
  .refine((value) => Buffer.byteLength(value) >= MIN_SECRET_BYTES, {
    message: `is shorter than ${MIN_SECRET_BYTES} bytes: it could not be told from other text when answers are searched for it`,
  })
  .refine((value) => Buffer.byteLength(value) <= MAX_SECRET_BYTES, {
    message: `is longer than ${MAX_SECRET_BYTES} bytes`,
  });
const Secrets = z.record(GrantName, Secret, {
  error: ({ code }) =>
    code === 'invalid_key'
      ? 'is no name: small letters, digits, _ and -, a letter first, at most 64'
      : 'must map names to values',
});

/** Values of secrets by name; none without a file. Throws `SecretsFileError`. */
export async function readSecrets(file: string | undefined): Promise<ReadonlyMap<string, string>> {
  if (file === undefined) return new Map();
  const secrets = Secrets.safeParse(parseText(file, await readPrivate(file)));
  if (secrets.success) return new Map(Object.entries(secrets.data));
  // Only the message and the name: what zod was given holds values.
  const faults = secrets.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'it'} ${message}`);
  throw new SecretsFileError(`${file}: ${faults.join('; ')}.`);
}

/** One descriptor for the look at its rights and for reading: nobody can exchange the file between. */
async function readPrivate(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw new SecretsFileError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new SecretsFileError(`${file} is no file.`);
    // Windows has no such bits.
    if (process.platform !== 'win32' && (stat.mode & OTHERS) !== 0) {
      throw new SecretsFileError(`${file} can be read or changed by others than its owner. Do: chmod 600 ${file}`);
    }
    if (stat.size > MAX_FILE_BYTES) throw new SecretsFileError(`${file} is larger than ${MAX_FILE_BYTES} bytes.`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function parseText(file: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' }) ?? {};
  } catch {
    // The parser's message shows the line, and the line may hold a value.
    throw new SecretsFileError(`${file} is neither YAML nor JSON.`);
  }
}
