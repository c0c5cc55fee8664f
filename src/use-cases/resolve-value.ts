import { LRUCache } from 'lru-cache';
import type { ExecutionId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { MIB } from '../core/units.ts';
import type { ValueRef } from '../execution/events.ts';
import type { StoredValue } from '../execution/state.ts';
import { valueIn } from '../execution/values.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import type { EventStore } from '../store/event-store.ts';
import { requireScope, type Viewer } from './viewer.ts';

const CACHE_BYTES = 32 * MIB;

/** Where a value is, and whose it is. */
export interface PlacedValue {
  readonly executionId: ExecutionId;
  readonly place: StoredValue | ValueRef;
}

/** Loads a value from where it is kept. */
export type ResolveValue = (viewer: Viewer, value: PlacedValue) => Promise<Json>;

/** Bytes that loading a value will read from the artifacts; 0 where it is small. */
export const artifactBytes = (place: StoredValue | ValueRef): number => ('bytes' in place ? place.bytes : 0);

/** Values stand in the state, in an event, or in an artifact; the newest artifacts are kept for those who ask next. */
export function createResolveValue(deps: {
  readonly events: Pick<EventStore, 'getEvents'>;
  readonly artifacts: Pick<ArtifactStore, 'get'>;
}): ResolveValue {
  const artifacts = new LRUCache<string, { readonly value: Json }>({ maxSize: CACHE_BYTES });

  async function fromArtifact(viewer: Viewer, digest: string): Promise<Json> {
    const key = `${viewer.tenant}/${digest}`;
    const known = artifacts.get(key);
    if (known) return known.value;
    const bytes = await deps.artifacts.get(viewer.tenant, digest);
    if (bytes === undefined) throw new Error(`The artifact ${digest} is missing.`);
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Json; // what JSON.parse gives is JSON
    artifacts.set(key, { value }, { size: Math.max(bytes.length, 1) });
    return value;
  }

  return async (viewer, { executionId, place }) => {
    requireScope(viewer, 'executions:read');
    if ('value' in place) return place.value;
    if ('inline' in place) return place.inline;
    if ('artifact' in place) return fromArtifact(viewer, place.artifact);
    const [event] = await deps.events.getEvents(viewer.tenant, [{ executionId, sequence: place.sequence }]);
    const ref = event && valueIn(event);
    if (ref === undefined) throw new Error(`Event ${place.sequence} of execution ${executionId} holds no value.`);
    return 'inline' in ref ? ref.inline : fromArtifact(viewer, ref.artifact);
  };
}
