import type { Config } from '../config.ts';

/** Our own listener and database: no tool reaches them, whatever it is granted. `url` is where the listener really is, once it is. */
export function ownListeners(
  { host, port, databaseUrl }: Pick<Config, 'host' | 'port' | 'databaseUrl'>,
  url: string | undefined,
): readonly { readonly host: string; readonly port: number }[] {
  // With port 0 the system has chosen one.
  const own = [{ host, port: url === undefined ? port : Number(new URL(url).port || 80) }];
  if (databaseUrl === undefined) return own;
  const database = new URL(databaseUrl);
  return [...own, { host: database.hostname, port: Number(database.port || 5432) }];
}
