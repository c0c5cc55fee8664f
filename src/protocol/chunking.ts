import type { Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { KIB } from '../core/units.ts';
import type { Chunk, WireValue } from './messages.ts';
import { parseWireJson, type WireJson } from './wire-json.ts';

/** Values above this travel in chunks of this size: base64 of one stays below a frame. */
export const CHUNK_BYTES = 512 * KIB;

/** A value ready to be sent: the chunks go first. */
export interface SplitValue {
  readonly value: WireValue;
  readonly chunks: readonly Chunk[];
}

/** Cuts the JSON text of a value where it is too long for one frame; `id` numbers the values of a call. */
export function splitValue(text: string, token: string, id: number): SplitValue {
  // Inline the text is written once more inside its message, but as the same JSON: its length does not grow.
  if (Buffer.byteLength(text) <= CHUNK_BYTES) return { value: { inline: JSON.parse(text) as Json }, chunks: [] };
  const bytes = Buffer.from(text);
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const data = bytes.toString('base64', at, Math.min(at + CHUNK_BYTES, bytes.length));
    chunks.push({ type: 'chunk', token, value: id, index: chunks.length, data });
  }
  return { value: { chunked: id, count: chunks.length, bytes: bytes.length }, chunks };
}

/** Why chunks could not become a value. */
export type AssemblyFault = { readonly kind: 'tooLarge' | 'malformed'; readonly message: string };

export interface ValueAssembler {
  add(chunk: Chunk): Result<void, AssemblyFault>;
  /** The value itself, and how many values were parsed for it; one that stands in its message was parsed with it. */
  take(value: WireValue): Result<WireJson, AssemblyFault>;
}

/** Puts chunked values together again; all that is open at once stays below `maxBytes`. */
export function createValueAssembler(maxBytes: number): ValueAssembler {
  const open = new Map<number, Buffer[]>();
  let openBytes = 0;
  const malformed = (message: string): { readonly ok: false; readonly error: AssemblyFault } =>
    err({ kind: 'malformed', message });

  return {
    add(chunk) {
      const pieces = open.get(chunk.value) ?? [];
      if (chunk.index !== pieces.length) return malformed(`chunk ${chunk.index} where ${pieces.length} was next`);
      const piece = Buffer.from(chunk.data, 'base64');
      if (piece.length === 0) return malformed('an empty chunk');
      openBytes += piece.length;
      if (openBytes > maxBytes) return err({ kind: 'tooLarge', message: `more than ${maxBytes} bytes` });
      pieces.push(piece);
      open.set(chunk.value, pieces);
      return ok(undefined);
    },
    take(value) {
      if ('inline' in value) return ok({ json: value.inline, values: 0 });
      const pieces = open.get(value.chunked) ?? [];
      open.delete(value.chunked);
      const whole = Buffer.concat(pieces);
      openBytes -= whole.length;
      if (pieces.length !== value.count || whole.length !== value.bytes)
        return malformed('a value with missing chunks');
      const parsed = parseWireJson(whole.toString('utf8'));
      return parsed.ok ? parsed : malformed(parsed.error);
    },
  };
}
