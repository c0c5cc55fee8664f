import { cp, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { v7 as uuid } from 'uuid';
import { inject } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { createStores, type Stores, type StoresDeps } from '../../src/store/stores.ts';
import { queryAsLogin } from './query-as-login.ts';
import { administer, SURROUNDINGS, withDatabase } from './database-broker.ts';

export interface TestDatabase {
  /** Its `query` has the rights of the login, from whom nothing is kept: for looking at what is stored. */
  readonly database: Database;
  readonly stores: Stores;
  close(): Promise<void>;
}
export interface ServerTestDatabase extends TestDatabase {
  /** For further openings, as of other processes. */
  readonly url: string;
  /** Ends the connections of one purpose, such as `iceos journal`, as a failing network would. */
  cutConnections(purpose: string): Promise<void>;
}
export interface EmbeddedTestDatabase extends TestDatabase {
  readonly dataDir: string;
}

type Observers = Partial<Omit<StoresDeps, 'database' | 'clock'>>;

const PostgresTemplate = z.object({ adminUrl: z.string(), template: z.string() });

/** A fresh, migrated database on the real Postgres server of this run. */
export async function openTestDatabase(observers: Observers = {}): Promise<ServerTestDatabase> {
  const { adminUrl, template } = PostgresTemplate.parse(await ask('postgres'));
  const name = `iceos_test_${uuid().replaceAll('-', '')}`;
  await administer(adminUrl, `create database ${name} template ${template}`);
  const url = withDatabase(adminUrl, name);
  const opened = await openAgain(url, observers);
  return {
    ...opened,
    url,
    cutConnections: (purpose) =>
      administer(
        adminUrl,
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = '${name}' and application_name = '${purpose.replaceAll("'", "''")}'`,
      ),
    async close() {
      await opened.close();
      await administer(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

/** A second process, as it were, on the same server database. */
export async function openAgain(url: string, observers: Observers = {}): Promise<TestDatabase> {
  return withStores(await openDatabase({ ...SURROUNDINGS, url, dataDir: '' }), observers);
}

/** A fresh, migrated embedded database; or the one in `dataDir`, which then stays when it is closed. */
export async function openEmbeddedTestDatabase({
  dataDir,
  ...observers
}: Observers & { readonly dataDir?: string } = {}): Promise<EmbeddedTestDatabase> {
  const folder = dataDir ?? (await newEmbeddedFolder());
  const opened = withStores(await openDatabase({ ...SURROUNDINGS, dataDir: folder }), observers);
  return {
    ...opened,
    dataDir: folder,
    async close() {
      await opened.close();
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A folder with a migrated embedded database that nobody has open. The test removes it. */
export async function newEmbeddedFolder(): Promise<string> {
  const template = z.string().parse(await ask('embedded'));
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-embedded-'));
  await cp(template, folder, { recursive: true });
  return folder;
}

function withStores(database: Database, observers: Observers): TestDatabase {
  const stores = createStores({ ...observers, database, clock: systemClock });
  return {
    database: { ...database, query: queryAsLogin(database) },
    stores,
    async close() {
      await stores.batcher.close();
      await database.close();
    },
  };
}

const Answer = z.union([z.object({ value: z.unknown() }), z.object({ error: z.string() })]);

function ask(wanted: 'postgres' | 'embedded'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(inject('databaseBroker'), '127.0.0.1', () => socket.write(`${wanted}\n`));
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      const answer = Answer.parse(JSON.parse(text));
      if ('error' in answer) reject(new Error(answer.error));
      else resolve(answer.value);
    });
  });
}
