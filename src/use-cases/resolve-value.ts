import { LRUCache } from 'lru-cache';
import type { Json } from '../core/json.ts';
import { MIB } from '../core/units.ts';
import type { ValueRef } from '../execution/events.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import { requireScope, type Viewer } from './viewer.ts';

const CACHE_BYTES = 32 * MIB;

/** The value that an event refers to: as it stands there, or from its artifact. */
export type ResolveValue = (viewer: Viewer, ref: ValueRef) => Promise<Json>;

/** The newest artifacts are kept for those who ask next: all followers of an execution ask at once. */
export function createResolveValue(deps: { readonly artifacts: Pick<ArtifactStore, 'get'> }): ResolveValue {
  const kept = new LRUCache<string, { readonly value: Json }>({ maxSize: CACHE_BYTES });
  const loading = new Map<string, Promise<Json>>();

  async function load({ tenant }: Viewer, digest: string): Promise<Json> {
    const key = `${tenant}/${digest}`;
    const bytes = await deps.artifacts.get(tenant, digest);
    if (bytes === undefined) throw new Error(`The artifact ${digest} is missing.`);
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Json; // what JSON.parse gives is JSON
    kept.set(key, { value }, { size: Math.max(bytes.length, 1) });
    return value;
  }

  return async (viewer, ref) => {
    requireScope(viewer, 'executions:read');
    if ('inline' in ref) return ref.inline;
    const key = `${viewer.tenant}/${ref.artifact}`;
    const known = kept.get(key);
    if (known) return known.value;
    const begun = loading.get(key) ?? load(viewer, ref.artifact).finally(() => loading.delete(key));
    loading.set(key, begun);
    return begun;
  };
}
