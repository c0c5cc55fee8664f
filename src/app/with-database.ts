import type { Config } from '../config.ts';
import { systemClock } from '../core/clock.ts';
import { openDatabase, type Database } from '../store/database.ts';
import type { InstallationPaths } from './installation.ts';

/** Opens the database alone, for a command that needs nothing else of the program, and closes it behind. */
export async function withDatabase<T>(
  { databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>,
  { databaseThread: threadFile, migrations: migrationsFolder }: InstallationPaths,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ url: databaseUrl, dataDir, threadFile, migrationsFolder, clock: systemClock });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
