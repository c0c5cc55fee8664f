import type { Json } from '../core/json.ts';
import type { ValueRef } from '../execution/events.ts';
import type { ValueStore } from '../store/value-store.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** The value that an event refers to: as it stands there, or from its artifact. */
export type ResolveValue = (viewer: Viewer, ref: ValueRef) => Promise<Json>;

export const createResolveValue =
  ({ values }: { readonly values: Pick<ValueStore, 'read'> }): ResolveValue =>
  async (viewer, ref) => {
    // A value is found by way of an event, and that is checked; its digest cannot be guessed.
    if (viewer.onlyExecution === undefined) requireScope(viewer, 'executions:read');
    return 'inline' in ref ? ref.inline : values.read(viewer.tenant, ref.artifact);
  };
