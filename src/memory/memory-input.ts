import { isDeeper, isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { HOUR_MS } from '../core/units.ts';

/** Of names of collections, sessions, subjects and models, in UTF-16 code units: the width of their columns. */
const MAX_NAME_LENGTH = 256;

/** A hundred years: what shall live longer is given no lifetime. */
const MAX_LIFETIME_MS = 100 * 365 * 24 * HOUR_MS;

/** What is wrong with a name, as a sentence; undefined when it can be kept. */
export function nameFault(what: string, name: string): string | undefined {
  if (name.length === 0) return `The ${what} is empty. Give it a name.`;
  if (name.length > MAX_NAME_LENGTH)
    return `The ${what} has ${name.length} characters, and at most ${MAX_NAME_LENGTH} are kept. Shorten it.`;
  return textFault(what, name, 4 * MAX_NAME_LENGTH);
}

/** What is wrong with a text, as a sentence; undefined when it can be kept just as it is. */
export function textFault(what: string, text: string, maxBytes: number): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    return `The ${what} has ${bytes} bytes, and at most ${maxBytes} are kept. Cut it, or write it in several parts.`;
  if (cannotBeKept(text))
    return `The ${what} holds a NUL or half of a character, which the database cannot keep. Remove it.`;
  return undefined;
}

/** What is wrong with metadata, as a sentence; undefined when it can be kept just as it is. */
export function metadataFault(
  metadata: JsonObject,
  { maxMetadataBytes, maxMetadataDepth }: { readonly maxMetadataBytes: number; readonly maxMetadataDepth: number },
): string | undefined {
  // Depth first: what is too deep for the limit may be too deep for JSON.stringify.
  if (isDeeper(metadata, maxMetadataDepth))
    return `The metadata is more than ${maxMetadataDepth} levels deep. Flatten it.`;
  const text = JSON.stringify(metadata);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxMetadataBytes)
    return `The metadata has ${bytes} bytes as JSON, and at most ${maxMetadataBytes} are kept. Put less into it.`;
  if (anyString(metadata, cannotBeKept))
    return 'The metadata holds a NUL or half of a character, which the database cannot keep. Remove it.';
  return undefined;
}

/** What can be kept of a text: without NUL, half characters replaced (U+FFFD), and cut where a character ends. */
export function storableText(text: string, maxBytes: number): string {
  // No character has less than a byte, so no more units than bytes can stay; a pair that this halves is cut off below.
  const whole = Buffer.from(text.replaceAll('\0', '').slice(0, maxBytes + 1));
  if (whole.length <= maxBytes) return whole.toString();
  let end = maxBytes;
  // A byte that goes on with a character begins with the bits 10.
  while (end > 0 && ((whole[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return whole.toString('utf8', 0, end);
}

// In Unicode mode a pair of surrogates is one character, and only half a pair is one by itself.
const cannotBeKept = (text: string): boolean => text.includes('\0') || /\p{Surrogate}/u.test(text);

const childrenOf = (value: Json): readonly Json[] =>
  // Array.isArray does not narrow a readonly array.
  Array.isArray(value) ? (value as readonly Json[]) : isJsonObject(value) ? Object.values(value) : [];

function anyString(value: Json, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value);
  if (isJsonObject(value) && Object.keys(value).some(test)) return true;
  return childrenOf(value).some((child) => anyString(child, test));
}

export function lifetimeFault(lifetimeMs: number | undefined): string | undefined {
  if (lifetimeMs === undefined) return undefined;
  if (Number.isSafeInteger(lifetimeMs) && lifetimeMs > 0 && lifetimeMs <= MAX_LIFETIME_MS) return undefined;
  return `A lifetime of ${lifetimeMs} ms cannot be kept. Give whole milliseconds from 1 to ${MAX_LIFETIME_MS}, or none.`;
}

export function limitFault(limit: number, max: number): string | undefined {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= max) return undefined;
  return `A limit of ${limit} results cannot be met. Ask for 1 to ${max}.`;
}
