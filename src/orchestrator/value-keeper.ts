import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { MIB } from '../core/units.ts';
import type { ExecutionEvent, ValueRef } from '../execution/events.ts';
import type { StoredValue } from '../execution/state.ts';
import { valueIn } from '../execution/values.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import type { EventStore } from '../store/event-store.ts';
import { MAX_ARTIFACT_BYTES } from '../store/artifact-store.ts';
import { INLINE_VALUE_BYTES } from '../usage/limits.ts';
import type { Kept, Maybe } from './executor.ts';

const CACHE_BYTES = 64 * MIB;
const READ_AT_ONCE = 500;

export interface ValueKeeperDeps {
  readonly artifacts: ArtifactStore;
  readonly events: Pick<EventStore, 'getEvents'>;
}

/** Where the values of running executions are put and found again. One cache for the whole process. */
export interface ValueKeeper {
  /** In the event up to 256 KiB, else an artifact that is committed when the promise resolves; or why neither can be. */
  keep(tenant: TenantId, value: Json, maxBytes?: number): Maybe<Kept>;
  /** The value at a place; `recent` are events that may not be in the database yet. */
  load(of: ValueOwner, stored: StoredValue, recent: readonly ExecutionEvent[]): Maybe<Json>;
  /** Many values in their order; those of the journal in few statements. */
  loadAll(of: ValueOwner, stored: readonly StoredValue[], recent: readonly ExecutionEvent[]): Maybe<readonly Json[]>;
}
export interface ValueOwner {
  readonly tenant: TenantId;
  readonly executionId: ExecutionId;
}

/** Bytes of a value as JSON in UTF-8. */
const jsonBytes = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

export function createValueKeeper({ artifacts, events }: ValueKeeperDeps): ValueKeeper {
  const cache = new LRUCache<string, { readonly value: Json }>({ maxSize: CACHE_BYTES });

  async function keepAsArtifact(tenant: TenantId, text: string, bytes: number): Promise<ValueRef> {
    const encoded = Buffer.from(text);
    const artifact = createHash('sha256').update(encoded).digest('hex');
    await artifacts.put(tenant, artifact, encoded);
    return { artifact, bytes };
  }

  async function readArtifact(tenant: TenantId, digest: string, bytes: number): Promise<Json> {
    const found = await artifacts.get(tenant, digest);
    if (found === undefined) throw new Error(`The artifact ${digest} is missing.`);
    const value = JSON.parse(Buffer.from(found).toString()) as Json; // what JSON.parse gives is JSON
    cache.set(`${tenant}/${digest}`, { value }, { size: Math.max(bytes, 1) });
    return value;
  }

  async function readEvent(of: ValueOwner, sequence: number): Promise<Json> {
    const [event] = await events.getEvents(of.tenant, [{ executionId: of.executionId, sequence }]);
    const ref = event && valueIn(event);
    if (ref === undefined) throw new Error(`Event ${sequence} of ${of.executionId} holds no value.`);
    if (!('inline' in ref)) return readArtifact(of.tenant, ref.artifact, ref.bytes);
    cache.set(`${of.executionId}/${sequence}`, { value: ref.inline }, { size: jsonBytes(ref.inline) });
    return ref.inline;
  }

  /** What is at hand: in the state, in the cache, or in an event that is being appended. */
  function find(
    of: ValueOwner,
    stored: StoredValue,
    recent: readonly ExecutionEvent[],
  ): { readonly value: Json } | undefined {
    if ('value' in stored) return stored;
    if ('artifact' in stored) return cache.get(`${of.tenant}/${stored.artifact}`);
    const event = recent.find(({ sequence }) => sequence === stored.sequence);
    const ref = event && valueIn(event);
    return ref && 'inline' in ref ? { value: ref.inline } : cache.get(`${of.executionId}/${stored.sequence}`);
  }

  function read(of: ValueOwner, stored: StoredValue): Promise<Json> {
    if ('artifact' in stored) return readArtifact(of.tenant, stored.artifact, stored.bytes);
    if ('sequence' in stored) return readEvent(of, stored.sequence);
    return Promise.resolve(stored.value);
  }

  async function readAll(
    of: ValueOwner,
    stored: readonly StoredValue[],
    recent: readonly ExecutionEvent[],
  ): Promise<readonly Json[]> {
    const missing = stored.flatMap((each) => ('sequence' in each && !find(of, each, recent) ? [each.sequence] : []));
    const arrived = new Map<number, Json>();
    for (let from = 0; from < missing.length; from += READ_AT_ONCE) {
      const keys = missing
        .slice(from, from + READ_AT_ONCE)
        .map((sequence) => ({ executionId: of.executionId, sequence }));
      for (const event of await events.getEvents(of.tenant, keys)) {
        const ref = event && valueIn(event);
        if (event && ref && 'inline' in ref) arrived.set(event.sequence, ref.inline);
      }
    }
    const values: Json[] = [];
    for (const each of stored) {
      const found = 'sequence' in each ? arrived.get(each.sequence) : undefined;
      values.push(found ?? find(of, each, recent)?.value ?? (await read(of, each)));
    }
    return values;
  }

  return {
    loadAll(of, stored, recent) {
      const values: Json[] = [];
      for (const each of stored) {
        const found = find(of, each, recent);
        if (!found) return readAll(of, stored, recent);
        values.push(found.value);
      }
      return values;
    },
    keep(tenant, value, maxBytes = MAX_ARTIFACT_BYTES) {
      if (isSmall(value, Math.min(INLINE_VALUE_BYTES / 4, maxBytes))) return { inline: value };
      const text = JSON.stringify(value);
      const bytes = Buffer.byteLength(text);
      const most = Math.min(maxBytes, MAX_ARTIFACT_BYTES);
      if (bytes > most) return { tooLarge: `is ${bytes} bytes as JSON; at most ${most} are kept` };
      return bytes <= INLINE_VALUE_BYTES ? { inline: value } : keepAsArtifact(tenant, text, bytes);
    },
    load(of, stored, recent) {
      const found = find(of, stored, recent);
      return found ? found.value : read(of, stored);
    },
  };
}

/** True when the value surely needs less than `budget` characters; stops looking as soon as it might not. */
function isSmall(value: Json, budget: number): boolean {
  return spend(value, budget) >= 0;
}

function spend(value: Json, budget: number): number {
  if (typeof value === 'string') return budget - value.length * 3 - 2;
  if (typeof value !== 'object' || value === null) return budget - 24;
  let left = budget - 2;
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
    left = spend(member, left - key.length * 3 - 4);
  }
  return left;
}
