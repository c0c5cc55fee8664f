import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startApp } from '../app.ts';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { AuditKeyError } from './audit-key.ts';
import { ConfigFileError } from './read-config-file.ts';
import { SecretKeyError } from './read-master-keys.ts';
import { SecretsFileError } from './read-secrets.ts';
import { TrustedDocumentsError } from './read-trusted-documents.ts';
import { MigrationBlockedError } from '../store/migrate.ts';
import { TenantRolesError } from '../store/roles.ts';
import { NewerSchemaError } from '../store/schema-version.ts';
import { DatabaseUnavailableError, EmbeddedDatabaseInUseError } from '../store/unavailable.ts';
import { SandboxRefusedError } from './open-launching.ts';
import { createLogger } from '../telemetry/logger.ts';

/** What `serve` tells the person who started it. */
export interface Announce {
  (line: string): void;
}

export interface Served {
  readonly app: App;
  /** The key that the client commands use; undefined when it was made earlier, elsewhere. */
  readonly firstKey: string | undefined;
}

/** Starts the server, makes the first key where there is none, and says where everything is. */
export async function serve(config: Config, announce: Announce): Promise<Served> {
  const logger = createLogger({ level: config.logLevel });
  const app = await startApp({ config, logger });
  try {
    const firstKey = await introduce(app, config, announce);
    logger.info('started', { url: app.operatorUrl, role: config.role });
    return { app, firstKey };
  } catch (error) {
    // It listens already: left so, it would run on behind a start that failed.
    await app.close(new Error('The start failed.', { cause: error }));
    throw error;
  }
}

/** Says where everything is; answers with the first key, if it was made now. */
async function introduce(app: App, config: Config, announce: Announce): Promise<string | undefined> {
  for (const notice of app.notices) announce(notice);
  const firstKey = await makeFirstKey(app, config, announce);
  announce(
    `Database: ${config.databaseUrl === undefined ? `embedded, in ${config.dataDir}` : 'Postgres (DATABASE_URL)'}`,
  );
  const what =
    app.url === undefined
      ? 'Carrying executions forward (ICEOS_ROLE=orchestrator)'
      : `GraphQL and playground: ${app.url}/graphql`;
  announce(`${what}   metrics: ${app.operatorUrl}/metrics   health: ${app.operatorUrl}/readyz`);
  return firstKey;
}

/** Only on a development machine: the key is shown and lies in a file. */
async function makeFirstKey(app: App, config: Config, announce: Announce): Promise<string | undefined> {
  if (config.nodeEnv === 'production' || app.url === undefined) return undefined;
  const file = path.join(config.dataDir, 'key');
  let keptIn = file;
  const first = await app.ensureFirstApiKey(async (key) => {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, `${key}\n`, { mode: 0o600 });
    return async (isFirst) => {
      if (!isFirst) return rm(draft, { force: true });
      keptIn = await rename(draft, file).then(
        () => file,
        () => draft,
      );
    };
  });
  if (first !== undefined) announce(`First API key, shown once and kept in ${keptIn}: ${first.key}`);
  else if (config.apiKey === undefined && !(await isReadable(file))) announce(await lostKey(config.dataDir));
  return first?.key;
}

/** What to do when the database has a key and the folder has none. */
async function lostKey(dataDir: string): Promise<string> {
  const drafts = (await readdir(dataDir).catch(() => [])).filter((name) => name.startsWith('key.'));
  const missing = `No API key in ${path.join(dataDir, 'key')}, though the database has one.`;
  // Of a start that was cut off between the database and the renaming.
  if (drafts.length > 0) return `${missing} It may be in ${drafts.join(' or ')} beside it: rename the one that works.`;
  return `${missing} Set ICEOS_API_KEY to the key that the first start printed; if it is lost, see "API keys" in docs/authentication.md.`;
}

const isReadable = (file: string): Promise<boolean> =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  );

const OF_THE_MACHINE = new Set(
  'EADDRINUSE EADDRNOTAVAIL EACCES EEXIST EISDIR ENOENT ENOSPC ENOTDIR ENOTFOUND EPERM EROFS'.split(' '),
);

const EXPECTED = [
  DatabaseUnavailableError,
  EmbeddedDatabaseInUseError,
  MigrationBlockedError,
  TenantRolesError,
  NewerSchemaError,
  SandboxRefusedError,
  AuditKeyError,
  SecretKeyError,
  SecretsFileError,
  ConfigFileError,
  TrustedDocumentsError,
];

/** What a setting or the machine is to blame for, and no bug: its sentence says more than a stack. */
export function startFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return isExpected || OF_THE_MACHINE.has(code) ? error.message : undefined;
}

/** Resolves with the first signal; a second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first = true;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (!first) process.exit(signal === 'SIGINT' ? 130 : 143);
        first = false;
        resolve(signal);
      });
    }
  });
}
