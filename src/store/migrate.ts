import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client } from 'pg';
import { SECOND_MS } from '../core/units.ts';
import { ensureRoles } from './roles.ts';
import { refuseNewerSchema } from './schema-version.ts';
import { sqlState } from './unavailable.ts';

// Any number that nobody else takes: "iceos" in hex, then 1.
const MIGRATION_LOCK = 0x69_63_65_6f_73_01;

/** What a migration waits behind all others wait behind too: it steps aside in time, and comes again. */
export const MIGRATION_TRIES = { lockTimeoutMs: 5 * SECOND_MS, tries: 6, pauseMs: SECOND_MS } as const;
/** A deadlock, and a lock that was not to be had in time. */
const BLOCKED: ReadonlySet<string | undefined> = new Set(['40P01', '55P03']);

/** Somebody holds what a migration has to change; the message says how to find out who. */
export class MigrationBlockedError extends Error {
  override readonly name = 'MigrationBlockedError';
}

/**
 * Brings the schema up to date. Processes that start together wait for each other: drizzle's migrator alone fails when
 * it runs twice at once. The lock belongs to the connection, so a killed process holds nobody up.
 */
export async function migrateDatabase(
  client: Client,
  migrationsFolder: string,
  { lockTimeoutMs, tries, pauseMs }: Readonly<Record<keyof typeof MIGRATION_TRIES, number>> = MIGRATION_TRIES,
): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
  try {
    await refuseNewerSchema(client, migrationsFolder);
    await ensureRoles(client);
    // Row-level security is forced on the owner of the tables too: without this word it would see, and change, no row.
    await client.query("set iceos.migrating = 'on'");
    await client.query(`set lock_timeout = ${lockTimeoutMs}`);
    // All that are missing are one transaction: what is tried again has changed nothing yet.
    for (let left = tries - 1; !(await tryToMigrate(client, migrationsFolder)); left -= 1) {
      if (left === 0) throw new MigrationBlockedError(blocked(tries, lockTimeoutMs));
      await client.query('select pg_sleep($1)', [pauseMs / SECOND_MS]);
    }
    await client.query('reset lock_timeout');
    await client.query('reset iceos.migrating');
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  }
}

/** False: others held what it has to change. */
async function tryToMigrate(client: Client, migrationsFolder: string): Promise<boolean> {
  try {
    await migrate(drizzle(client), { migrationsFolder });
    return true;
  } catch (error) {
    if (BLOCKED.has(sqlState(error))) return false;
    throw error;
  }
}

const blocked = (tries: number, lockTimeoutMs: number): string =>
  `The migrations were not run: others held a table that they change, ${tries} times for ${lockTimeoutMs} ms. Nothing was changed. ` +
  'Stop servers of the release before and long transactions, which this shows, then start again: ' +
  "SELECT pid, application_name, state, xact_start, query FROM pg_stat_activity WHERE xact_start < now() - interval '5 seconds';";
