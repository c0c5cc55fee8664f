import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { migrateDatabase } from '../../../src/store/migrate.ts';
import { startPostgresServer } from '../../support/postgres-server.ts';
import { openAgain, openEmbeddedTestDatabase } from '../../support/database.ts';

describe('migrations', () => {
  test('run once each when four processes start on an empty server at the same time', async () => {
    const server = await startPostgresServer({ durable: false });
    const opened = await Promise.all([1, 2, 3, 4].map(() => openAgain(server.url)));
    const [first] = opened;
    const applied = await first?.database.query<{ hash: string }>({
      text: 'select hash from drizzle.__drizzle_migrations',
    });
    const hashes = applied?.rows.map(({ hash }) => hash) ?? [];
    expect(hashes.length).toBeGreaterThanOrEqual(2);
    expect(new Set(hashes).size).toBe(hashes.length);
    const partitions = await first?.database.query({
      text: `select relkind, (select count(*)::int from pg_inherits where inhparent = c.oid) as partitions
        from pg_class c where relname = 'execution_events'`,
    });
    expect(partitions?.rows).toEqual([{ relkind: 'p', partitions: 1 }]);
    for (const one of opened) await one.close();
    await server.close();
  });

  test('give the new scope to keys that had all of the old ones, and to no other', async () => {
    const server = await startPostgresServer({ durable: false });
    const before = await mkdtemp(path.join(tmpdir(), 'iceos-migrations-'));
    await cp('migrations', before, { recursive: true });
    const journal = path.join(before, 'meta', '_journal.json');
    const { entries, ...rest } = JSON.parse(await readFile(journal, 'utf8'));
    await writeFile(journal, JSON.stringify({ ...rest, entries: entries.slice(0, 2) }));
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await migrateDatabase(client, before);
    const all = ['blueprints:read', 'blueprints:write', 'executions:read', 'executions:write'];
    for (const [name, scopes] of Object.entries({ all, some: all.slice(1), own: [...all].reverse() })) {
      await client.query(
        `insert into api_keys (id, tenant, name, secret_hash, scopes, created_at)
          values (gen_random_uuid(), gen_random_uuid(), $1, '', $2, now())`,
        [name, scopes],
      );
    }
    await migrateDatabase(client, 'migrations');
    const { rows } = await client.query("select name from api_keys where 'grants:write' = any(scopes) order by name");
    expect(rows).toEqual([{ name: 'all' }, { name: 'own' }]);
    await client.end();
    await server.close();
    await rm(before, { recursive: true, force: true });
  });

  // The first start of an embedded database makes it, which takes seconds on a free machine.
  test('run in an empty folder, and not again at the second start', { timeout: 180_000 }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'iceos-migrations-'));
    const { entries } = JSON.parse(await readFile('migrations/meta/_journal.json', 'utf8'));
    for (const start of ['first', 'second']) {
      const opened = await openEmbeddedTestDatabase({ dataDir: path.join(folder, 'data') });
      const { rows } = await opened.database.query({ text: 'select hash from drizzle.__drizzle_migrations' });
      expect(rows.length, start).toBe(entries.length);
      await opened.close();
    }
    await rm(folder, { recursive: true, force: true });
  });
});
