import { readMigrationFiles } from 'drizzle-orm/migrator';
import { Client, type ClientBase } from 'pg';

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

/** The database was changed by a release that this one cannot stand in for; the message says what to do. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

/**
 * Lets pass what knows the migration that the schema asks for. A newer schema that only has more is well: so servers of two
 * releases work side by side, and a release can be taken back. Rejects with `NewerSchemaError`.
 */
export async function refuseNewerSchema(client: Pick<ClientBase, 'query'>, migrationsFolder: string): Promise<void> {
  const there = await client.query<{ there: boolean }>(
    "select to_regclass('drizzle.schema_floor') is not null as there",
  );
  if (there.rows[0]?.there !== true) return;
  const { rows } = await client.query<{ floor: number | null }>(
    'select max(migration)::float8 as floor from drizzle.schema_floor',
  );
  const known = readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0;
  const floor = rows[0]?.floor ?? 0;
  if (floor <= known) return;
  throw new NewerSchemaError(
    `A newer release changed this database: it asks for the migration of ${new Date(floor).toISOString()}, and this release knows those ` +
      `up to ${new Date(known).toISOString()}. Start the newer release, or one after it; to go back, restore the backup from before the upgrade.`,
  );
}
