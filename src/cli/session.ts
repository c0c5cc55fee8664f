import { createClient } from './client.ts';
import type { CliDeps, Session } from './cli-deps.ts';
import { readKeyFile } from './read-input.ts';

/** The server of the settings, with the given key or the one in the data folder. */
export async function openSession({ settings, fetch }: Pick<CliDeps, 'settings' | 'fetch'>): Promise<Session> {
  const apiKey = settings.apiKey ?? (await readKeyFile(settings.dataDir));
  const address = { url: settings.url, apiKey };
  return { address, client: createClient(address, fetch) };
}
