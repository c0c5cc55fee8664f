import { createCipheriv, createDecipheriv } from 'node:crypto';
import { err, ok, type Result } from './result.ts';

/** Bytes of an AES-256 key. */
export const KEY_BYTES = 32;
/** 96 bits, for which GCM was made; a key of random nonces is good for 2^32 messages (NIST SP 800-38D). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** That many bytes that nobody can guess. This folder is pure: they are handed in. */
export type RandomSource = (bytes: number) => Uint8Array;

/** A text that only who has the key can read or change; the ciphertext ends with its tag. */
export interface Sealed {
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** What a seal is made with: it opens with the same key and the same context alone. */
export interface SealedWith {
  readonly key: Uint8Array;
  readonly context: Uint8Array;
}

/** The one sentence for whatever does not open: it tells nothing of what is inside, nor how near somebody was. */
export const CANNOT_OPEN =
  'It does not open: it was changed, it belongs to another place, or it was sealed with another key.';

/** Bytes by which a seal is bound to its place: each part with its length before it, so that no two lists give the same. */
export function contextOf(...parts: readonly string[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const text = Buffer.from(part, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      return [length, text];
    }),
  );
}

/** Seals bytes with AES-256-GCM under a nonce of its own. */
export function seal(plain: Uint8Array, { key, context }: SealedWith, random: RandomSource): Sealed {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(context);
  return { nonce, ciphertext: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
}

/** Opens what `seal` made. */
export function unseal({ nonce, ciphertext }: Sealed, { key, context }: SealedWith): Result<Buffer, string> {
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES) return err(CANNOT_OPEN);
  const end = ciphertext.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(context);
    decipher.setAuthTag(ciphertext.subarray(end));
    return ok(Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]));
  } catch {
    // Node's own sentence says no more, and its error is no kind that could be told apart.
    return err(CANNOT_OPEN);
  }
}
