import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { Client } from 'pg';
import { DIST, ROOT } from '../../scripts/build.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openDatabase, type DatabaseOptions } from '../../src/store/database.ts';
import { startPostgresServer, type PostgresServer } from './postgres-server.ts';

/** Hands the databases of one test run to its workers; what nobody asks for is not started. */
export interface DatabaseBroker {
  readonly port: number;
  close(): Promise<void>;
}

/** A migrated database that is copied for each test. */
export interface PostgresTemplate {
  readonly adminUrl: string;
  readonly template: string;
}

/** What every opening needs besides its URL or folder. */
export const SURROUNDINGS = {
  threadFile: path.join(DIST, 'embedded-database-thread.js'),
  migrationsFolder: path.join(ROOT, 'migrations'),
  clock: systemClock,
} as const satisfies Partial<DatabaseOptions>;

export async function startDatabaseBroker(): Promise<DatabaseBroker> {
  let server: PostgresServer | undefined;
  let template: PostgresTemplate | undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-tests-'));

  async function makePostgres(): Promise<PostgresTemplate> {
    const given = process.env['DATABASE_URL'];
    if (given === undefined || given === '') server = await startPostgresServer({ durable: false });
    const adminUrl = server?.url ?? given ?? '';
    const name = `iceos_template_${process.pid}`;
    await administer(adminUrl, `create database ${name}`);
    template = { adminUrl, template: name };
    await (await openDatabase({ ...SURROUNDINGS, url: withDatabase(adminUrl, name), dataDir: '' })).close();
    return template;
  }

  async function makeEmbedded(): Promise<string> {
    const dataDir = path.join(folder, 'embedded');
    await (await openDatabase({ ...SURROUNDINGS, dataDir })).close();
    return dataDir;
  }

  const made = new Map<string, Promise<unknown>>();
  const makers: Readonly<Record<string, () => Promise<unknown>>> = { postgres: makePostgres, embedded: makeEmbedded };
  const listening = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      const wanted = bytes.toString().trim();
      const answer = made.get(wanted) ?? makers[wanted]?.() ?? Promise.reject(new Error(`No such database: ${wanted}`));
      made.set(wanted, answer);
      answer.then(
        (value) => socket.end(JSON.stringify({ value })),
        (error: unknown) => socket.end(JSON.stringify({ error: inspect(error) })),
      );
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async close() {
      await new Promise((resolve) => listening.close(resolve));
      if (template && !server) await administer(template.adminUrl, `drop database if exists ${template.template}`);
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** One statement on the server's own database. */
export async function administer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
