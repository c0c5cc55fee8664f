import { expect, test } from 'vitest';
import { missingMigrations } from '../../../src/store/schema-version.ts';
import { openTestDatabase } from '../../support/database.ts';
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
