/** A shorter secret would be found in what has nothing to do with it. */
export const MIN_SECRET_BYTES = 8;

/**
 * The byte sequences by which a secret is recognised: itself, as a string of JSON has it, with spaces as forms have
 * them, and in base64 of both alphabets at each of the three places that it may have in what was encoded together.
 */
export function secretForms(secret: string): readonly Buffer[] {
  const raw = Buffer.from(secret, 'utf8');
  const texts = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll(' ', '+'),
    ...[0, 1, 2].flatMap((before) => base64Core(raw, before)),
  ];
  return [...new Set(texts)].map((text) => Buffer.from(text, 'utf8'));
}

const BITS = 6;
const BYTE_BITS = 8;

/**
 * The characters of base64 that the secret alone decides when `before` bytes of something else stand in front of it in
 * the group of three. At either end a character may be shared with a neighbour; what it tells is less than six bits.
 */
function base64Core(raw: Buffer, before: number): readonly string[] {
  const padded = Buffer.concat([Buffer.alloc(before), raw, Buffer.alloc(3)]);
  const from = Math.ceil((before * BYTE_BITS) / BITS);
  const to = Math.floor(((before + raw.length) * BYTE_BITS) / BITS);
  return (['base64', 'base64url'] as const).map((alphabet) => padded.toString(alphabet).slice(from, to));
}
