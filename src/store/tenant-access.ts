import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { TenantId } from '../core/ids.ts';
import type { Query } from './session.ts';
import { queryOfTenant } from './tenant-query.ts';
import { toStoreError } from './unavailable.ts';

/** A way to the tables, with the rights of one role. */
export interface Access {
  /** In SQL. */
  readonly query: Query;
  /** Through drizzle. No transaction may touch `executions`: a row lock held holds up every batch. */
  use<T>(run: (tables: NodePgDatabase) => Promise<T>): Promise<T>;
}

/** With the rights that the pool's connections have by themselves. */
export const accessOf = (pool: Pool): Access => {
  const tables = drizzle(pool);
  return {
    query: async (config) => {
      try {
        return await pool.query(config);
      } catch (error) {
        throw toStoreError(error);
      }
    },
    async use(run) {
      try {
        return await run(tables);
      } catch (error) {
        throw toStoreError(error);
      }
    },
  };
};

/** With the rights of the gateway's role, in which each transaction sees and changes the rows of this tenant alone. */
export const accessOfTenant = (pool: Pool, tenant: TenantId): Access => ({
  query: (config) => withClient(pool, (client) => queryOfTenant(client, tenant, config)),
  use: (run) => withClient(pool, (client) => run(tablesOf(client, tenant))),
});

/** The statement that begins a transaction sets the tenant for all of it. */
function tablesOf(client: PoolClient, tenant: TenantId): NodePgDatabase {
  const scoped = {
    query: (config: QueryConfig, values: unknown[]) =>
      client.getTransactionStatus() === 'I'
        ? queryOfTenant(client, tenant, { ...config, values })
        : client.query({ ...config, values }),
  };
  // Of a client drizzle uses nothing but `query`.
  return drizzle({ client: scoped as unknown as PoolClient });
}

async function withClient<T>(pool: Pool, run: (client: PoolClient) => Promise<T>): Promise<T> {
  let client: PoolClient | undefined;
  let failed = true;
  // Whoever waits for an answer hears of a lost connection; without a listener it would end the process.
  const ignore = (): void => undefined;
  try {
    client = await pool.connect();
    client.on('error', ignore);
    const result = await run(client);
    failed = client.getTransactionStatus() !== 'I';
    return result;
  } catch (error) {
    throw toStoreError(error);
  } finally {
    client?.off('error', ignore);
    // A connection whose state is not sure is not used again.
    client?.release(failed);
  }
}
