import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../config.ts';
import { systemClock } from '../core/clock.ts';
import { createCredentialStore } from '../store/credential-store.ts';
import { createEnsureFirstApiKey } from '../use-cases/create-api-key.ts';
import type { InstallationPaths } from './installation.ts';
import { withDatabase } from './with-database.ts';

/** The text of the first key of an empty database; undefined when it has one. Nothing but the database is opened. */
export async function makeBootstrapKey(
  config: Config,
  paths: InstallationPaths,
): Promise<{ readonly key: string } | undefined> {
  return withDatabase(config, paths, async (database) => {
    const credentials = createCredentialStore({ database });
    const made = await createEnsureFirstApiKey({ credentials, clock: systemClock, newId: () => uuidv7() })();
    return made && { key: made.key };
  });
}
