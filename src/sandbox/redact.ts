import { isJsonObject, type Json } from '../core/json.ts';
import { MIN_SECRET_BYTES, secretForms } from './secret-forms.ts';

/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** Takes secrets out of what leaves a call: raw, in base64 and URL-encoded. */
export interface Redactor {
  text(text: string): string;
  bytes(bytes: Buffer): Buffer;
  /** Strings, names of members, and numbers that spell a secret. */
  json(value: Json): Json;
}

/** A text in which nothing was found is given back as it is. */
const NOTHING: Redactor = { text: (text) => text, bytes: (bytes) => bytes, json: (value) => value };

/**
 * Makes the redactor of some secrets. It looks at each byte once, and once more where the text is URL-encoded, however
 * many secrets there are: what a huge body costs does not depend on them.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  if (secrets.length === 0) return NOTHING;
  const find = createFinder(secrets.flatMap(secretForms));

  function bytes(given: Buffer): Buffer {
    if (given.length < MIN_SECRET_BYTES) return given;
    const direct = find(given);
    const decoded = given.includes(PERCENT) ? decodePercent(given) : undefined;
    const encoded = decoded === undefined ? [] : find(decoded.bytes).map((range) => decoded.toOriginal(range));
    return cutOut(given, [...direct, ...encoded]);
  }
  function text(given: string): string {
    if (given.length < MIN_SECRET_BYTES / MAX_BYTES_OF_UNIT) return given;
    const original = Buffer.from(given, 'utf8');
    const redacted = bytes(original);
    return redacted === original ? given : redacted.toString('utf8');
  }
  function json(value: Json): Json {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') {
      const spelled = String(value);
      return text(spelled) === spelled ? value : REDACTED;
    }
    if (isJsonObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [text(name), json(member)]));
    }
    return Array.isArray(value) ? value.map((item: Json) => json(item)) : value;
  }
  return { bytes, text, json };
}

/** UTF-16 units take at most three bytes in UTF-8. */
const MAX_BYTES_OF_UNIT = 3;
const PERCENT = 0x25;

/** From the first byte to the one behind the last. */
interface Range {
  readonly start: number;
  readonly end: number;
}

const PREFIX_BYTES = 4;

/** Finds all places of all patterns in one pass: only where four bytes may begin a pattern it is compared. */
function createFinder(patterns: readonly Buffer[]): (bytes: Buffer) => readonly Range[] {
  const byPrefix = new Map<number, Buffer[]>();
  const mayBegin = new Uint8Array(1 << 16);
  for (const pattern of patterns) {
    const prefix = pattern.readUInt32BE(0);
    byPrefix.set(
      prefix,
      [...(byPrefix.get(prefix) ?? []), pattern].toSorted((a, b) => b.length - a.length),
    );
    mayBegin[prefix >>> 16] = 1;
  }
  return (bytes) => {
    const found: Range[] = [];
    for (let at = 0; at + PREFIX_BYTES <= bytes.length; at += 1) {
      if (mayBegin[bytes.readUInt16BE(at)] !== 1) continue;
      const candidates = byPrefix.get(bytes.readUInt32BE(at));
      const pattern = candidates?.find((each) => bytes.subarray(at, at + each.length).equals(each));
      if (pattern !== undefined) found.push({ start: at, end: at + pattern.length });
    }
    return found;
  };
}

/** The bytes with every `%XX` decoded, and where each of them came from. */
function decodePercent(given: Buffer): { readonly bytes: Buffer; toOriginal(range: Range): Range } {
  const bytes = Buffer.alloc(given.length);
  const origins = new Uint32Array(given.length + 1);
  let length = 0;
  for (let at = 0; at < given.length; length += 1) {
    origins[length] = at;
    const byte = given[at] ?? 0;
    const [high, low] = byte === PERCENT ? [hexDigit(given[at + 1]), hexDigit(given[at + 2])] : [-1, -1];
    const isEncoded = high >= 0 && low >= 0;
    bytes[length] = isEncoded ? high * 16 + low : byte;
    at += isEncoded ? 3 : 1;
  }
  origins[length] = given.length;
  return {
    bytes: bytes.subarray(0, length),
    toOriginal: ({ start, end }) => ({ start: origins[start] ?? 0, end: origins[end] ?? given.length }),
  };
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function cutOut(bytes: Buffer, ranges: readonly Range[]): Buffer {
  if (ranges.length === 0) return bytes;
  const pieces: Buffer[] = [];
  let end = 0;
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    // Overlapping places are one.
    if (range.start >= end) pieces.push(bytes.subarray(end, range.start), Buffer.from(REDACTED));
    end = Math.max(end, range.end);
  }
  return Buffer.concat([...pieces, bytes.subarray(end)]);
}
