import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TenantId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { MIB } from '../core/units.ts';
import type { ValueRef } from '../execution/events.ts';
import { INLINE_VALUE_BYTES } from '../usage/limits.ts';
import { MAX_ARTIFACT_BYTES, type ArtifactStore } from './artifact-store.ts';

const CACHE_BYTES = 64 * MIB;

/** Where a value was put, or the rest of a sentence that says why it is too large to be put anywhere. */
export type Kept = ValueRef | { readonly tooLarge: string };

/** Values of any size up to an artifact's: small ones stand in events, large ones lie beside them. */
export interface ValueStore {
  /** In the event up to 256 KiB, else an artifact that is committed when the promise resolves; or why neither can be. */
  keep(tenant: TenantId, value: Json, maxBytes?: number): Kept | Promise<Kept>;
  /** The value of an artifact that was read lately; reads nothing. */
  peek(tenant: TenantId, digest: string): { readonly value: Json } | undefined;
  /** The value of an artifact. All who ask while it is read share that. */
  read(tenant: TenantId, digest: string): Promise<Json>;
}

/** Values over artifacts. One cache for the whole process, by tenant. */
export function createValueStore(artifacts: ArtifactStore): ValueStore {
  const cache = new LRUCache<string, { readonly value: Json }>({ maxSize: CACHE_BYTES });
  const reading = new Map<string, Promise<Json>>();

  async function keepAsArtifact(tenant: TenantId, text: string, bytes: number): Promise<ValueRef> {
    const encoded = Buffer.from(text);
    const artifact = createHash('sha256').update(encoded).digest('hex');
    await artifacts.put(tenant, artifact, encoded);
    return { artifact, bytes };
  }

  async function load(tenant: TenantId, digest: string): Promise<Json> {
    const bytes = await artifacts.get(tenant, digest);
    if (bytes === undefined) throw new Error(`The artifact ${digest} is missing.`);
    const value = JSON.parse(Buffer.from(bytes).toString()) as Json; // what JSON.parse gives is JSON
    cache.set(`${tenant}/${digest}`, { value }, { size: Math.max(bytes.length, 1) });
    return value;
  }

  return {
    keep(tenant, value, maxBytes = MAX_ARTIFACT_BYTES) {
      if (isSmall(value, Math.min(INLINE_VALUE_BYTES, maxBytes))) return { inline: value };
      const text = JSON.stringify(value);
      const bytes = Buffer.byteLength(text);
      const most = Math.min(maxBytes, MAX_ARTIFACT_BYTES);
      if (bytes > most) return { tooLarge: `is ${bytes} bytes as JSON; at most ${most} are kept` };
      return bytes <= INLINE_VALUE_BYTES ? { inline: value } : keepAsArtifact(tenant, text, bytes);
    },
    peek: (tenant, digest) => cache.get(`${tenant}/${digest}`),
    async read(tenant, digest) {
      const key = `${tenant}/${digest}`;
      const known = cache.get(key);
      if (known) return known.value;
      const begun = reading.get(key) ?? load(tenant, digest).finally(() => reading.delete(key));
      reading.set(key, begun);
      return begun;
    },
  };
}

/** True when the value surely needs no more than so many bytes as JSON; stops looking as soon as it might. */
function isSmall(value: Json, bytes: number): boolean {
  return spend(value, bytes) >= 0;
}

/** A control character is the worst that JSON makes of a UTF-16 unit. */
const BYTES_OF_UNIT = '\\u0000'.length;

function spend(value: Json, budget: number): number {
  if (typeof value === 'string') return budget - value.length * BYTES_OF_UNIT - 3;
  if (typeof value !== 'object' || value === null) return budget - 25;
  let left = budget - 3;
  if (Array.isArray(value)) {
    // Array.isArray does not narrow a readonly array.
    for (const item of value as readonly Json[]) {
      if (left < 0) return left;
      left = spend(item, left);
    }
    return left;
  }
  for (const [key, member] of Object.entries(value)) {
    if (left < 0) return left;
    left = spend(member, left - key.length * BYTES_OF_UNIT - 4);
  }
  return left;
}
