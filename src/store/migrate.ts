import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client } from 'pg';
import { ensureRoles } from './roles.ts';
import { refuseNewerSchema } from './schema-version.ts';

// Any number that nobody else takes: "iceos" in hex, then 1.
const MIGRATION_LOCK = 0x69_63_65_6f_73_01;

/**
 * Brings the schema up to date. Processes that start together wait for each other: drizzle's migrator alone fails when
 * it runs twice at once. The lock belongs to the connection, so a killed process holds nobody up.
 */
export async function migrateDatabase(client: Client, migrationsFolder: string): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
  try {
    await refuseNewerSchema(client, migrationsFolder);
    await ensureRoles(client);
    // Row-level security is forced on the owner of the tables too: without this word it would see, and change, no row.
    await client.query("set iceos.migrating = 'on'");
    await migrate(drizzle(client), { migrationsFolder });
    await client.query('reset iceos.migrating');
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  }
}
