import { expect, test } from 'vitest';
import { missingMigrations, NewerSchemaError } from '../../../src/store/schema-version.ts';
import { openAgain, openTestDatabase } from '../../support/database.ts';
import { SURROUNDINGS } from '../../support/database-broker.ts';

test('missing migrations are counted, and stay missing', async () => {
  const opened = await openTestDatabase();
  const missing = () => missingMigrations(opened.url, SURROUNDINGS.migrationsFolder);
  const { query } = opened.database;
  try {
    expect(await missing()).toBe(0);
    await query({ text: 'drop schema drizzle cascade' });
    expect(await missing()).toBeGreaterThan(0);
    const { rows } = await query({ text: "select from pg_namespace where nspname = 'drizzle'" });
    expect(rows).toEqual([]);
  } finally {
    await opened.close();
  }
});

test('a schema that asks for a newer release is refused, and one that only has more is not', async () => {
  const opened = await openTestDatabase();
  const { query } = opened.database;
  try {
    await query({
      text: "insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 4102444800000)",
    });
    await (await openAgain(opened.url)).close();
    await query({ text: 'update drizzle.schema_floor set migration = 4102444800000' });
    const refused = openAgain(opened.url);
    await expect(refused).rejects.toBeInstanceOf(NewerSchemaError);
    await expect(refused).rejects.toThrow(/asks for the migration of 2100-01-01T.* Start the newer release/);
  } finally {
    await opened.close();
  }
});
