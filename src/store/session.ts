import type { Client, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import type { Clock } from '../core/clock.ts';
import { DatabaseUnavailableError, toStoreError } from './unavailable.ts';

export type Query = <Row extends QueryResultRow>(config: QueryConfig) => Promise<QueryResult<Row>>;

/** One connection that is kept for one purpose, with settings of its own; it comes back by itself when it was lost. */
export interface Session {
  /** Rejects with `DatabaseUnavailableError` when the connection is away or is lost before the answer. */
  readonly query: Query;
  /** Resolves as soon as there is a connection; rejects after `withinMs`. */
  ready(withinMs: number): Promise<void>;
  /** Runs now and after each reconnect, before anybody else's statements; returns the way to stop that. */
  onConnect(setUp: (query: Query) => Promise<void>): Promise<() => void>;
  /** Hears at once that the connection was lost, and with it what belonged to it, such as locks. */
  onLost(listener: () => void): () => void;
  onNotification(listener: (channel: string, text: string) => void): () => void;
  close(): Promise<void>;
}

export interface SessionDeps {
  readonly newClient: () => Client;
  readonly clock: Clock;
  readonly maxBackoffMs?: number;
}

const FIRST_BACKOFF_MS = 20;

/** A session on a server of its own. */
export function createSession({ newClient, clock, maxBackoffMs = 1_000 }: SessionDeps): Session {
  const setUps = new Set<(query: Query) => Promise<void>>();
  const listeners = new Set<(channel: string, text: string) => void>();
  const lossListeners = new Set<() => void>();
  const closing = new AbortController();
  let client: Client | undefined;
  let connecting: Promise<void> | undefined;
  let failure: unknown;
  let turn: Promise<unknown> = Promise.resolve();

  /** A connection that does not answer is as good as gone: the next one may. */
  const queryOf =
    (one: Client): Query =>
    async (config) => {
      try {
        return await one.query(config);
      } catch (error) {
        const failure = toStoreError(error);
        if (failure instanceof DatabaseUnavailableError) lose(one, error);
        throw failure;
      }
    };

  function lose(one: Client, error?: unknown): void {
    if (client !== one) return;
    client = undefined;
    failure = error ?? failure;
    void one.end().catch(() => undefined);
    connect();
    for (const listener of lossListeners) listener();
  }

  async function connectOnce(): Promise<void> {
    const fresh = newClient();
    fresh.on('error', (error) => lose(fresh, error));
    fresh.on('end', () => lose(fresh));
    fresh.on('notification', ({ channel, payload }) => {
      for (const listener of listeners) listener(channel, payload ?? '');
    });
    try {
      await fresh.connect();
      for (const setUp of setUps) await setUp(queryOf(fresh));
      closing.signal.throwIfAborted();
    } catch (error) {
      void fresh.end().catch(() => undefined);
      throw error;
    }
    client = fresh;
  }

  async function connectUntilDone(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!closing.signal.aborted) {
      try {
        await connectOnce();
        return;
      } catch (error) {
        failure = error;
        await clock.delay(backoffMs, closing.signal).catch(() => undefined);
        backoffMs = Math.min(2 * backoffMs, maxBackoffMs);
      }
    }
  }

  function connect(): void {
    if (closing.signal.aborted) return;
    connecting ??= connectUntilDone().finally(() => (connecting = undefined));
  }

  const away = (): Error => {
    const why = failure instanceof Error ? failure.message : 'no connection';
    return new DatabaseUnavailableError(`The database does not answer: ${why}`, failure);
  };

  /** One statement at a time, in the order of asking: pg wants it so. */
  function query<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>> {
    const answer = turn.then(() => {
      if (!client) throw away();
      return queryOf(client)<Row>(config);
    });
    turn = answer.catch(() => undefined);
    return answer;
  }

  const isConnected = (): boolean => client !== undefined;

  connect();
  return {
    query,
    async ready(withinMs) {
      if (isConnected()) return;
      connect();
      const timer = new AbortController();
      const timeout = clock.delay(withinMs, AbortSignal.any([timer.signal, closing.signal])).catch(() => undefined);
      await Promise.race([connecting, timeout]);
      timer.abort(new Error('connected'));
      if (!isConnected()) throw away();
    },
    async onConnect(setUp) {
      setUps.add(setUp);
      try {
        if (client) await setUp(query);
      } catch (error) {
        setUps.delete(setUp);
        throw error;
      }
      return () => setUps.delete(setUp);
    },
    onLost(listener) {
      lossListeners.add(listener);
      return () => lossListeners.delete(listener);
    },
    onNotification(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closing.abort(new Error('closed'));
      const last = client;
      client = undefined;
      await connecting;
      await last?.end().catch(() => undefined);
    },
  };
}
