import { readMigrationFiles } from 'drizzle-orm/migrator';
import { Client } from 'pg';

const PATIENCE_MS = 2_000;

/** How many migrations a server still lacks; only looks. Rejects when the server does not answer. */
export async function missingMigrations(url: string, migrationsFolder: string): Promise<number> {
  const migrations = readMigrationFiles({ migrationsFolder });
  const client = new Client({
    connectionString: url,
    application_name: 'iceos doctor',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ known: boolean }>(
      "select to_regclass('drizzle.__drizzle_migrations') is not null as known",
    );
    if (rows[0]?.known !== true) return migrations.length;
    // The migrator judges by the last one alone, too.
    const applied = await client.query<{ last: number | null }>(
      'select max(created_at)::float8 as last from drizzle.__drizzle_migrations',
    );
    const last = applied.rows[0]?.last ?? 0;
    return migrations.filter(({ folderMillis }) => folderMillis > last).length;
  } finally {
    await client.end().catch(() => undefined);
  }
}
