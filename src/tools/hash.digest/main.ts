import { createHash } from 'node:crypto';
import type { Json } from '../../core/json.ts';
import { badInput, objectInput, oneOf, optionalText } from '../arguments.ts';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The digest of a text or of bytes. */
export function run(input: Json): Json {
  const given = objectInput(input);
  const text = optionalText(given, 'text');
  const base64 = optionalText(given, 'base64');
  if ((text === undefined) === (base64 === undefined)) throw badInput('Give either "text" or "base64".');
  if (base64 !== undefined && !BASE64.test(base64)) throw badInput('"base64" holds characters that are no base64.');
  const bytes = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text, 'utf8');
  const algorithm = oneOf(given, 'algorithm', { words: ['sha256', 'sha384', 'sha512'], fallback: 'sha256' });
  const encoding = oneOf(given, 'encoding', { words: ['hex', 'base64', 'base64url'], fallback: 'hex' });
  return { digest: createHash(algorithm).update(bytes).digest(encoding), algorithm, bytes: bytes.length };
}
