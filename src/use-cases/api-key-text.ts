import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ApiKeyId } from '../core/ids.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** 62^43 is just over 2^256. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const PATTERN = /^ice_([0-9a-f]{32})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** An API key as its owner holds it, taken apart. */
export interface ParsedApiKey {
  readonly id: ApiKeyId;
  readonly secret: string;
}

/** 256 random bits as 43 letters and digits: a double click selects the whole key. */
export const newSecret = (): string =>
  toBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_LENGTH);

/** `ice_<id>_<secret><checksum>`: scanners recognise the prefix and can check it without asking us. */
export function formatApiKey({ id, secret }: ParsedApiKey): string {
  const text = `ice_${id.replaceAll('-', '')}_${secret}`;
  return `${text}${checksum(text)}`;
}

/** Undefined for what cannot be a key, found without a look at the database. */
export function parseApiKey(text: string): ParsedApiKey | undefined {
  const [, hex, secret, check] = PATTERN.exec(text) ?? [];
  if (hex === undefined || secret === undefined || check !== checksum(`ice_${hex}_${secret}`)) return undefined;
  const id = ApiKeyId.safeParse(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  return id.success ? { id: id.data, secret } : undefined;
}

/** What is stored: a fast hash is enough for 256 random bits, which nobody can guess. */
export const hashSecret = (secret: string): Uint8Array => createHash('sha256').update(secret, 'utf8').digest();

const checksum = (text: string): string => toBase62(BigInt(crc32(text)), CHECKSUM_LENGTH);

function toBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, '0');
}
