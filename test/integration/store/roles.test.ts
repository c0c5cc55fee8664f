import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { TenantRolesError } from '../../../src/store/roles.ts';
import { examineTenantWall } from '../../../src/store/tenant-wall.ts';
import { createCredentialStore } from '../../../src/store/credential-store.ts';
import { administer, SURROUNDINGS, withDatabase } from '../../support/database-broker.ts';
import { newTenantId } from '../../support/journal.ts';
import { makeKey } from '../../support/make-key.ts';
import { startPostgresServer, type PostgresServer } from '../../support/postgres-server.ts';

// Roles belong to the whole server: this one is the test's own.
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer({ durable: false });
});
afterAll(() => server.close());

const open = (url: string) => openDatabase({ ...SURROUNDINGS, url, dataDir: '', clock: systemClock });

/** Rows of the last of some statements. */
async function rowsFor(url: string, statements: string): Promise<number | null | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const results = [await client.query(statements)].flat();
    return results.at(-1)?.rowCount;
  } finally {
    await client.end();
  }
}

/** A database that an ordinary login owns. */
async function databaseOf(login: string): Promise<string> {
  await administer(server.url, `create role ${login} login noinherit`);
  await administer(server.url, `create database of_${login} owner ${login}`);
  const url = new URL(withDatabase(server.url, `of_${login}`));
  // What the owner of a database may do in it comes by inheritance.
  await administer(url.href, `alter schema public owner to ${login}`);
  url.username = login;
  return url.href;
}

describe('a login that may not make roles', () => {
  it('is refused with the lines that an administrator has to run, and serves once they were run', async () => {
    const url = await databaseOf('plain');
    const refused: unknown = await open(url).catch((error: unknown) => error);
    if (!(refused instanceof TenantRolesError)) throw new Error('The login was not refused.');
    const { message } = refused;
    const lines = message.slice(message.indexOf('run: ') + 5);
    expect(lines).toContain('CREATE ROLE iceos_gateway NOLOGIN;');
    expect(await examineTenantWall(url)).toEqual({ holds: false, message });
    await administer(server.url, lines);

    const database = await open(url);
    const tenant = newTenantId();
    await makeKey({ credentials: createCredentialStore({ database }) }, tenant, 'first');
    const count = async (of: typeof tenant) => (await database.of(of).query({ text: 'select from api_keys' })).rowCount;
    expect([await count(tenant), await count(newTenantId())]).toEqual([1, 0]);
    await database.close();
    expect(await examineTenantWall(url)).toMatchObject({
      holds: true,
      message: expect.not.stringContaining('bypasses'),
    });
    // The owner of the tables sees no row either, unless it says that it migrates.
    expect(await rowsFor(url, 'select from api_keys')).toBe(0);
    expect(await rowsFor(url, "set iceos.migrating = 'on'; select from api_keys")).toBe(1);
  });
});

describe('several databases of one server', () => {
  it('are opened at the same time, also by the first ones who need the roles', async () => {
    const names = ['one', 'two', 'three', 'four'];
    for (const name of names) await administer(server.url, `create database ${name}`);
    const urls = names.map((name) => withDatabase(server.url, name));
    const opened = await Promise.all(urls.map(open));
    for (const database of opened) await database.close();
    expect(await examineTenantWall(urls[0] ?? '')).toMatchObject({ holds: true });
  });
});

describe('the doctor', () => {
  it('says when the login bypasses, and where a table was opened', async () => {
    await administer(server.url, 'create database watched');
    const url = withDatabase(server.url, 'watched');
    await (await open(url)).close();
    expect(await examineTenantWall(url)).toMatchObject({
      holds: true,
      message: expect.stringContaining('"postgres" itself bypasses'),
    });
    await administer(url, 'alter table ledger no force row level security');
    expect(await examineTenantWall(url)).toMatchObject({
      holds: false,
      message: expect.stringContaining('ALTER TABLE ledger'),
    });
    await administer(server.url, 'alter role iceos_gateway bypassrls');
    await expect(open(url)).rejects.toThrow('the role iceos_gateway bypasses row-level security');
    await administer(server.url, 'alter role iceos_gateway nobypassrls');
  });
});

describe('a database', () => {
  it('keeps the tables of others in its schema as they are', async () => {
    await administer(server.url, 'create database shared');
    const url = withDatabase(server.url, 'shared');
    await administer(url, 'create table of_others (n int)');
    await administer(url, 'insert into of_others values (1)');
    await (await open(url)).close();
    const secured = `select from pg_class where relname = 'of_others' and (relrowsecurity or relforcerowsecurity)`;
    expect([await rowsFor(url, 'select from of_others'), await rowsFor(url, secured)]).toEqual([1, 0]);
  });

  it('is refused where its connections cannot be given their role', async () => {
    await administer(server.url, 'create database without_options');
    const url = new URL(withDatabase(server.url, 'without_options'));
    url.searchParams.set('options', '-c jit=off');
    await expect(open(url.href)).rejects.toThrow(TenantRolesError);
    await expect(open(url.href)).rejects.toThrow('Take "options" out of DATABASE_URL');
  });
});
