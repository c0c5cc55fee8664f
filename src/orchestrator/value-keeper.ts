import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { MIB } from '../core/units.ts';
import type { ExecutionEvent, RecordedEvent, ValueRef } from '../execution/events.ts';
import type { StoredValue } from '../execution/state.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import type { EventStore } from '../store/event-store.ts';
import { INLINE_VALUE_BYTES } from '../usage/limits.ts';
import type { Maybe } from './executor.ts';

const CACHE_BYTES = 64 * MIB;

export interface ValueKeeperDeps {
  readonly artifacts: ArtifactStore;
  readonly events: Pick<EventStore, 'getEvents'>;
}

/** Where the values of running executions are put and found again. One cache for the whole process. */
export interface ValueKeeper {
  /** In the event up to 256 KiB, else an artifact that is committed when the promise resolves. */
  keep(tenant: TenantId, value: Json): Maybe<ValueRef>;
  /** The value at a place; `recent` are events that may not be in the database yet. */
  load(of: ValueOwner, stored: StoredValue, recent: readonly ExecutionEvent[]): Maybe<Json>;
}
export interface ValueOwner {
  readonly tenant: TenantId;
  readonly executionId: ExecutionId;
}

/** Bytes of a value as JSON in UTF-8. */
export const jsonBytes = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

/** The value that an event carries, if it carries one. */
export function valueOf(event: RecordedEvent): ValueRef | undefined {
  switch (event.type) {
    case 'executionRequested':
      return event.input;
    case 'attemptStarted':
      return event.opened?.kind === 'loop' ? event.opened.items : undefined;
    case 'attemptSucceeded':
    case 'bodySucceeded':
    case 'executionSucceeded':
      return event.output;
    default:
      return undefined;
  }
}

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
    const ref = event && valueOf(event);
    if (ref === undefined) throw new Error(`Event ${sequence} of ${of.executionId} holds no value.`);
    if (!('inline' in ref)) return readArtifact(of.tenant, ref.artifact, ref.bytes);
    cache.set(`${of.executionId}/${sequence}`, { value: ref.inline }, { size: jsonBytes(ref.inline) });
    return ref.inline;
  }

  return {
    keep(tenant, value) {
      if (isSmall(value, INLINE_VALUE_BYTES / 4)) return { inline: value };
      const text = JSON.stringify(value);
      const bytes = Buffer.byteLength(text);
      return bytes <= INLINE_VALUE_BYTES ? { inline: value } : keepAsArtifact(tenant, text, bytes);
    },
    load(of, stored, recent) {
      if ('value' in stored) return stored.value;
      if ('artifact' in stored) {
        const hit = cache.get(`${of.tenant}/${stored.artifact}`);
        return hit ? hit.value : readArtifact(of.tenant, stored.artifact, stored.bytes);
      }
      const hit = cache.get(`${of.executionId}/${stored.sequence}`);
      if (hit) return hit.value;
      const event = recent.find(({ sequence }) => sequence === stored.sequence);
      const ref = event && valueOf(event);
      return ref && 'inline' in ref ? ref.inline : readEvent(of, stored.sequence);
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
