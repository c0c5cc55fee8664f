import { parse } from 'yaml';
import { z } from 'zod';
import { GrantName } from '../blueprint/grants.ts';
import { KIB, MIB } from '../core/units.ts';
import { MIN_SECRET_BYTES } from '../sandbox/secret-forms.ts';
import { readPrivateFile } from './read-private-file.ts';

/** The file of secrets cannot be used; the sentence says what to do and holds no value. */
export class SecretsFileError extends Error {
  override readonly name = 'SecretsFileError';
  constructor(message: string) {
    super(`ICEOS_SECRETS_FILE: ${message}`);
  }
}

const MAX_FILE_BYTES = MIB;
const MAX_SECRET_BYTES = 16 * KIB;

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
  const fault = (message: string): SecretsFileError => new SecretsFileError(message);
  const bytes = await readPrivateFile(file, { maxBytes: MAX_FILE_BYTES, fault });
  const secrets = Secrets.safeParse(parseText(file, bytes.toString()));
  if (secrets.success) return new Map(Object.entries(secrets.data));
  // Only the message and the name: what zod was given holds values.
  const faults = secrets.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'it'} ${message}`);
  throw new SecretsFileError(`${file}: ${faults.join('; ')}.`);
}

function parseText(file: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' }) ?? {};
  } catch {
    // The parser's message shows the line, and the line may hold a value.
    throw new SecretsFileError(`${file} is neither YAML nor JSON.`);
  }
}
