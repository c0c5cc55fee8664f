import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { migrateDatabase } from '../../../src/store/migrate.ts';
import { SCOPES } from '../../../src/use-cases/viewer.ts';
import { startPostgresServer } from '../../support/postgres-server.ts';
import { openAgain, openEmbeddedTestDatabase } from '../../support/database.ts';

/** A folder with the migrations up to one. */
async function migrationsBefore(number: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-migrations-'));
  await cp('migrations', folder, { recursive: true });
  const journal = path.join(folder, 'meta', '_journal.json');
  const { entries, ...rest } = z
    .looseObject({ entries: z.array(z.looseObject({ tag: z.string() })) })
    .parse(JSON.parse(await readFile(journal, 'utf8')));
  await writeFile(journal, JSON.stringify({ ...rest, entries: entries.filter(({ tag }) => tag < number) }));
  return folder;
}

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

  test('step aside for whoever holds a table, come again, and say at last who is in the way', async () => {
    const server = await startPostgresServer({ durable: false });
    const before = await migrationsBefore('0015');
    const [client, other] = [1, 2].map(() => new Client({ connectionString: server.url }));
    if (client === undefined || other === undefined) throw new Error('Both were made above.');
    await Promise.all([client.connect(), other.connect()]);
    await migrateDatabase(client, before);
    await other.query('begin');
    await other.query('lock table executions in access share mode');
    const few = { lockTimeoutMs: 100, tries: 2, pauseMs: 10 };
    const blocked = migrateDatabase(client, 'migrations', few);
    await expect(blocked).rejects.toThrow(
      /others held a table that they change, 2 times for 100 ms\. .*pg_stat_activity/,
    );
    const many = migrateDatabase(client, 'migrations', { ...few, tries: 100 });
    // While it tries, others get their turn.
    await other.query('select pg_sleep(0.3)');
    await other.query('commit');
    await many;
    expect((await client.query("select current_setting('lock_timeout') as ms")).rows).toEqual([{ ms: '0' }]);
    await Promise.all([client.end(), other.end()]);
    await server.close();
    await rm(before, { recursive: true, force: true });
  });

  test('give the new scope to keys that had all of the old ones, and to no other', async () => {
    const server = await startPostgresServer({ durable: false });
    const before = await migrationsBefore('0002');
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

  test('give the scope of keys to keys that had all scopes, and to no other', async () => {
    const server = await startPostgresServer({ durable: false });
    const before = await migrationsBefore('0010');
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await migrateDatabase(client, before);
    const later: readonly string[] = ['keys', 'audit:read', 'secrets'];
    const all = SCOPES.filter((scope) => !later.includes(scope));
    for (const [name, scopes] of Object.entries({ all, some: all.slice(1) })) {
      await client.query(
        `insert into api_keys (id, tenant, name, secret_hash, scopes, created_at)
          values (gen_random_uuid(), gen_random_uuid(), $1, '', $2, now())`,
        [name, scopes],
      );
    }
    await migrateDatabase(client, 'migrations');
    const { rows } = await client.query("select name from api_keys where 'keys' = any(scopes)");
    expect(rows).toEqual([{ name: 'all' }]);
    await client.end();
    await server.close();
    await rm(before, { recursive: true, force: true });
  });

  test('give the scope of secrets to keys that had all scopes, and to no other', async () => {
    const server = await startPostgresServer({ durable: false });
    const before = await migrationsBefore('0016');
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await migrateDatabase(client, before);
    const all = SCOPES.filter((scope) => scope !== 'secrets');
    for (const [name, scopes] of Object.entries({ all, some: all.slice(1) })) {
      await client.query(
        `insert into api_keys (id, tenant, name, secret_hash, scopes, created_at)
          values (gen_random_uuid(), gen_random_uuid(), $1, '', $2, now())`,
        [name, scopes],
      );
    }
    await migrateDatabase(client, 'migrations');
    const { rows } = await client.query("select name from api_keys where 'secrets' = any(scopes)");
    expect(rows).toEqual([{ name: 'all' }]);
    await client.end();
    await server.close();
    await rm(before, { recursive: true, force: true });
  });

  test('put into the rows of executions what their calls have cost', async () => {
    const server = await startPostgresServer({ durable: false });
    const before = await migrationsBefore('0007');
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await migrateDatabase(client, before);
    const [spender, other] = ['01890000-0000-7000-8000-000000000001', '01890000-0000-7000-8000-000000000002'];
    // Rows alone: no blueprint is needed for them.
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into executions (id, tenant, root_execution_id, blueprint_id, blueprint_version, lease_token, last_at, requested_at,
          cpu_ms, wall_ms, peak_memory_bytes, last_sequence, done_count, total_count, status, event_format)
        select id, gen_random_uuid(), id, gen_random_uuid(), 1, 0, 0, now(), 0, 0, 0, 9, 1, 1, 4, 1 from unnest($1::uuid[]) id`,
      [[spender, other]],
    );
    await client.query(
      `insert into ledger (execution_id, path, attempt, call, tenant, root_execution_id, blueprint_id, kind, model, cost_usd_micros,
          input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usage_source, at)
        select $1, 'a', 1, call, gen_random_uuid(), $1, gen_random_uuid(), 0, 'm', 5, 10, 0, 0, 3, 0, 0, now()
        from generate_series(0, 1) call`,
      [spender],
    );
    await migrateDatabase(client, 'migrations');
    const { rows } = await client.query(
      'select input_tokens::int, output_tokens::int, cost_usd_micros::int from executions order by id',
    );
    expect(rows).toEqual([
      { input_tokens: 20, output_tokens: 6, cost_usd_micros: 10 },
      { input_tokens: 0, output_tokens: 0, cost_usd_micros: 0 },
    ]);
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
