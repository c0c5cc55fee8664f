import type { Client, ClientBase, Pool } from 'pg';
import type { Query, Session } from './session.ts';
import { toStoreError } from './unavailable.ts';

export interface PooledSession extends Session {
  /** To be called by the pool for its one new client. */
  setUp(client: ClientBase): Promise<void>;
}

/**
 * All purposes on the one connection of the embedded database. The pool hands it to one statement, or to one
 * transaction, at a time.
 */
export function createPooledSession(pool: () => Pool): PooledSession {
  const setUps = new Set<(query: Query) => Promise<void>>();
  const listeners = new Set<(channel: string, text: string) => void>();

  const queryOf =
    (one: Pick<Client, 'query'>): Query =>
    async (config) => {
      try {
        return await one.query(config);
      } catch (error) {
        throw toStoreError(error);
      }
    };
  const query: Query = async (config) => await queryOf(pool())(config);

  return {
    query,
    async setUp(client) {
      client.on('notification', ({ channel, payload }) => {
        for (const listener of listeners) listener(channel, payload ?? '');
      });
      for (const setUp of setUps) await setUp(queryOf(client));
    },
    async ready() {
      await query({ text: 'select 1' });
    },
    async onConnect(setUp) {
      await setUp(query);
      setUps.add(setUp);
      return () => setUps.delete(setUp);
    },
    // Nobody else can have the embedded database open: no lock of it is missed.
    onLost: () => () => undefined,
    onNotification(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      setUps.clear();
      listeners.clear();
    },
  };
}
