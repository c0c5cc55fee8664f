import { execFile } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';

let database: ServerTestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

function bootstrap(): Promise<{ code: number; out: string; errors: string }> {
  const env = { PATH: process.env['PATH'], DATABASE_URL: database.url, NODE_ENV: 'production' };
  return new Promise((resolve) => {
    const args = [path.resolve('dist/main.js'), 'keys', 'create', '--bootstrap'];
    execFile(process.execPath, args, { env }, (error, out, errors) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, errors });
    });
  });
}

it('iceos keys create --bootstrap makes the first key of an empty database, once, in production too', async () => {
  // Both at once: one is first, and the other is told so.
  const [one, other] = (await Promise.all([bootstrap(), bootstrap()])).toSorted((a, b) => a.code - b.code);
  expect(one).toMatchObject({ code: 0, out: expect.stringMatching(/^ice_[0-9a-f]{32}_[0-9A-Za-z]{49}\n$/) });
  expect(other).toMatchObject({ code: 2, out: '', errors: expect.stringContaining('has an API key already') });
  const { rows } = await database.database.query({ text: 'select name from api_keys' });
  expect(rows).toEqual([{ name: 'first' }]);
});
