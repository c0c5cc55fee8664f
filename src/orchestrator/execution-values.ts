import { LRUCache } from 'lru-cache';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { MIB } from '../core/units.ts';
import type { ExecutionEvent } from '../execution/events.ts';
import type { StoredValue } from '../execution/state.ts';
import { valueIn } from '../execution/values.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ValueStore } from '../store/value-store.ts';
import type { Maybe } from './executor.ts';

const CACHE_BYTES = 32 * MIB;
const READ_AT_ONCE = 500;

export interface ExecutionValuesDeps {
  readonly values: ValueStore;
  readonly events: Pick<EventStore, 'getEvents'>;
}

/** Where the values of running executions are put and found again: in the state, in events, beside them. */
export interface ExecutionValues extends Pick<ValueStore, 'keep'> {
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

export function createExecutionValues({ values, events }: ExecutionValuesDeps): ExecutionValues {
  /** Values that stand in events. */
  const cache = new LRUCache<string, { readonly value: Json }>({ maxSize: CACHE_BYTES });

  async function readEvent(of: ValueOwner, sequence: number): Promise<Json> {
    const [event] = await events.getEvents(of.tenant, [{ executionId: of.executionId, sequence }]);
    const ref = event && valueIn(event);
    if (ref === undefined) throw new Error(`Event ${sequence} of ${of.executionId} holds no value.`);
    if (!('inline' in ref)) return values.read(of.tenant, ref.artifact);
    cache.set(`${of.executionId}/${sequence}`, { value: ref.inline }, { size: jsonBytes(ref.inline) });
    return ref.inline;
  }

  /** What is at hand: in the state, read lately, or in an event that is being appended. Reads nothing. */
  function find(
    of: ValueOwner,
    stored: StoredValue,
    recent: readonly ExecutionEvent[],
  ): { readonly value: Json } | undefined {
    if ('value' in stored) return stored;
    if ('artifact' in stored) return values.peek(of.tenant, stored.artifact);
    const event = recent.find(({ sequence }) => sequence === stored.sequence);
    const ref = event && valueIn(event);
    return ref && 'inline' in ref ? { value: ref.inline } : cache.get(`${of.executionId}/${stored.sequence}`);
  }

  function read(of: ValueOwner, stored: StoredValue): Promise<Json> {
    if ('artifact' in stored) return values.read(of.tenant, stored.artifact);
    return 'sequence' in stored ? readEvent(of, stored.sequence) : Promise.resolve(stored.value);
  }

  /** What only the journal has comes in few statements. */
  async function readAll(
    of: ValueOwner,
    stored: readonly StoredValue[],
    recent: readonly ExecutionEvent[],
  ): Promise<readonly Json[]> {
    const missing = stored.flatMap((each) =>
      'sequence' in each && find(of, each, recent) === undefined ? [each.sequence] : [],
    );
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
    const all: Json[] = [];
    for (const each of stored) {
      const found = 'sequence' in each ? arrived.get(each.sequence) : undefined;
      all.push(found ?? find(of, each, recent)?.value ?? (await read(of, each)));
    }
    return all;
  }

  return {
    keep: values.keep,
    load(of, stored, recent) {
      const found = find(of, stored, recent);
      return found ? found.value : read(of, stored);
    },
    loadAll(of, stored, recent) {
      const all: Json[] = [];
      for (const each of stored) {
        const found = find(of, each, recent);
        // Nothing is begun before all is waited for: a read that fails meanwhile would be nobody's.
        if (!found) return readAll(of, stored, recent);
        all.push(found.value);
      }
      return all;
    },
  };
}
