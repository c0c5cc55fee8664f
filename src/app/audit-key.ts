import { KIB } from '../core/units.ts';
import { readPrivateFile } from './read-private-file.ts';

/** The key of the audit log's seals cannot be used; the sentence says what to do. */
export class AuditKeyError extends Error {
  override readonly name = 'AuditKeyError';
  constructor(message: string) {
    super(`ICEOS_AUDIT_KEY_FILE: ${message}`);
  }
}

const MIN_BYTES = 32;

/** Undefined without a file: then nothing is sealed. Throws `AuditKeyError`. */
export async function readAuditKey(file: string | undefined): Promise<Uint8Array | undefined> {
  if (file === undefined) return undefined;
  const key = await readPrivateFile(file, { maxBytes: 4 * KIB, fault: (message) => new AuditKeyError(message) });
  if (key.length >= MIN_BYTES) return key;
  throw new AuditKeyError(
    `${file} has ${key.length} bytes, and a key has at least ${MIN_BYTES}. Do: head -c 32 /dev/urandom > ${file}`,
  );
}
