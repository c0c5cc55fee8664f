import pg from 'pg';
import { startPostgresServer } from '../test/support/postgres-server.ts';

/** A Postgres server that waits for the disk at each commit, with a database for each measurement. */
export interface BenchServer {
  /** Answers with the new database's URL. */
  createDatabase(name: string): Promise<string>;
  close(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const server = await startPostgresServer({ durable: true });
  const pool = new pg.Pool({ connectionString: server.url, max: 1 });
  return {
    async createDatabase(name) {
      await pool.query(`create database ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async close() {
      await pool.end();
      await server.close();
    },
  };
}
