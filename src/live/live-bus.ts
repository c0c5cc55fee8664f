import type { BlueprintId, ExecutionId, TenantId } from '../core/ids.ts';
import type { Committed } from '../execution/committed.ts';

/** A blueprint has a new version. */
export interface BlueprintHint {
  readonly tenant: TenantId;
  readonly id: BlueprintId;
  readonly version: number;
}

/** `look`: something may be new; which, nobody could say. */
export type News<T> = T | 'look';
type Listener<T> = (news: News<T>) => void;
/** Stops hearing; safe to call twice. */
export type Unsubscribe = () => void;

/**
 * What is happening now, for those who listen. It carries hints (and, in the process that committed, the events
 * themselves as a gift): whoever hears nothing finds everything in the journal a little later.
 */
export interface LiveBus {
  publish(committed: readonly Committed[]): void;
  publishBlueprint(hint: BlueprintHint): void;
  subscribe(executionId: ExecutionId, listener: Listener<Committed>): Unsubscribe;
  /** Everything of one tenant. */
  subscribeTenant(tenant: TenantId, listener: Listener<Committed>): Unsubscribe;
  subscribeBlueprint(id: BlueprintId, listener: Listener<BlueprintHint>): Unsubscribe;
}

/** The bus of one process; `look` wakes everybody. */
export interface LocalLive extends LiveBus {
  look(): void;
}

export interface LocalLiveDeps {
  /** Hears what a listener threw; the other listeners still hear the news. */
  readonly onListenerFailed?: ((error: unknown) => void) | undefined;
}

export function createLocalLive({ onListenerFailed }: LocalLiveDeps = {}): LocalLive {
  const executions = createTopic<ExecutionId, Committed>(onListenerFailed);
  const tenants = createTopic<TenantId, Committed>(onListenerFailed);
  const blueprints = createTopic<BlueprintId, BlueprintHint>(onListenerFailed);
  return {
    publish(committed) {
      for (const one of committed) {
        executions.publish(one.executionId, one);
        tenants.publish(one.tenant, one);
      }
    },
    publishBlueprint: (hint) => blueprints.publish(hint.id, hint),
    subscribe: executions.subscribe,
    subscribeTenant: tenants.subscribe,
    subscribeBlueprint: blueprints.subscribe,
    look() {
      for (const topic of [executions, tenants, blueprints]) topic.look();
    },
  };
}

function createTopic<Key, T>(onListenerFailed: ((error: unknown) => void) | undefined) {
  const byKey = new Map<Key, Set<Listener<T>>>();

  function tell(listeners: Iterable<Listener<T>>, news: News<T>): void {
    for (const listener of listeners) {
      try {
        listener(news);
      } catch (error) {
        onListenerFailed?.(error);
      }
    }
  }

  return {
    publish(key: Key, news: T): void {
      const listeners = byKey.get(key);
      if (listeners) tell(listeners, news);
    },
    look(): void {
      for (const listeners of byKey.values()) tell(listeners, 'look');
    },
    subscribe(key: Key, listener: Listener<T>): Unsubscribe {
      const listeners = byKey.get(key) ?? new Set();
      byKey.set(key, listeners);
      // The same function may be given twice: each subscription is its own entry.
      const entry: Listener<T> = (news) => listener(news);
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
        if (listeners.size === 0 && byKey.get(key) === listeners) byKey.delete(key);
      };
    },
  };
}
