import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { code, scripted } from '../../support/scripted-code.ts';

const KIB = 1_024;

describe('a value larger than 16 MiB', () => {
  let database: ServerTestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startTestApp({
      databaseUrl: database.url,
      executors: scripted(({ input }) => 'x'.repeat(input === 'huge' ? 17 * KIB * KIB : 200 * KIB)),
    });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  test('fails the loop that would gather it, and says why', async () => {
    const outcome = await app.run({
      name: 'gathered',
      nodes: {
        each: {
          kind: 'loop',
          items: '${ [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(a, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) }',
          as: 'tens',
          concurrency: 10,
          nodes: {
            all: {
              kind: 'loop',
              items: '${ tens }',
              as: 'one',
              nodes: { made: code() },
              output: '${ nodes.made.output }',
            },
          },
          output: '${ nodes.all.output }',
        },
      },
    });
    expect(outcome.end).toBe('executionFailed');
    expect(outcome.events.at(-1)).toMatchObject({ failure: { reason: 'limitReached', path: 'each' } });
  });

  test('fails the attempt that made it', async () => {
    const outcome = await app.run({ name: 'made', nodes: { huge: code({ input: 'huge' }) } });
    expect(outcome.events.at(-1)).toMatchObject({ failure: { reason: 'limitReached', path: 'huge' } });
  });
});
