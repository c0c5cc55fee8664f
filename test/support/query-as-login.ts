import type { Pool, QueryResult } from 'pg';
import type { Database } from '../../src/store/database.ts';
import type { Query } from '../../src/store/session.ts';

/** Statements as whoever logs in, who made the tables, and from whom no row is kept; none of the program's own run so. */
export function queryAsLogin({ use }: Pick<Database, 'use'>): Query {
  return (config) =>
    use(async (tables) => {
      // drizzle's type for what it was made of.
      const { $client: pool } = tables as typeof tables & { readonly $client: Pool };
      const client = await pool.connect();
      let isDone = false;
      // Of a connection that is lost the statement tells.
      const ignore = (): void => undefined;
      client.on('error', ignore);
      try {
        // Which runs in no transaction.
        const isVacuum = /^vacuum\b/i.test(config.text);
        if (!isVacuum) await client.query('begin');
        await client.query(`set ${isVacuum ? '' : 'local '}role none`);
        const answer: QueryResult = await client.query(config);
        await client.query(isVacuum ? 'reset role' : 'commit');
        isDone = true;
        return answer;
      } finally {
        // Gone with its connection when it has failed; the embedded database's own is rolled back by the next client.
        client.off('error', ignore);
        client.release(!isDone);
      }
    });
}
