import type { Config } from '../config.ts';
import type { HostPort } from '../core/host-port.ts';

/** Our own listener and database: no tool reaches them, whatever it is granted. `url` is where the listener really is, once it is. */
export function ownListeners(
  { host, port, databaseUrl }: Pick<Config, 'host' | 'port' | 'databaseUrl'>,
  url: string | undefined,
): readonly HostPort[] {
  // With port 0 the system has chosen one.
  const own = [{ host, port: url === undefined ? port : Number(new URL(url).port || 80) }];
  if (databaseUrl === undefined) return own;
  const { hostname, port: databasePort, searchParams } = new URL(databaseUrl);
  // The driver takes both from the query too; a path there is a Unix socket, which no request can reach.
  const database = {
    host: searchParams.get('host') ?? hostname,
    port: Number(searchParams.get('port') ?? databasePort),
  };
  return [...own, { ...database, port: database.port || 5432 }];
}
