import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../config.ts';
import { systemClock } from '../core/clock.ts';
import { createCredentialStore } from '../store/credential-store.ts';
import { openDatabase } from '../store/database.ts';
import { createEnsureFirstApiKey } from '../use-cases/create-api-key.ts';
import type { InstallationPaths } from './installation.ts';

/** The text of the first key of an empty database; undefined when it has one. Nothing but the database is opened. */
export async function makeBootstrapKey(
  config: Config,
  paths: InstallationPaths,
): Promise<{ readonly key: string } | undefined> {
  const database = await openDatabase({
    url: config.databaseUrl,
    dataDir: config.dataDir,
    threadFile: paths.databaseThread,
    migrationsFolder: paths.migrations,
    clock: systemClock,
  });
  try {
    const credentials = createCredentialStore({ database });
    const made = await createEnsureFirstApiKey({ credentials, clock: systemClock, newId: () => uuidv7() })();
    return made && { key: made.key };
  } finally {
    await database.close();
  }
}
