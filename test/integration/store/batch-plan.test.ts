import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toStatement } from '../../../src/store/batch-statement.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { insertBlueprint, startRequest, upTo } from '../../support/journal.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };

// The plan is made once and kept: one that walks an index by owner instead of going to each row costs more with every
// execution that has ended since the last vacuum.
describe.each(Object.entries(databases))('the plan of the batch statement on %s', (_name, open) => {
  let opened: TestDatabase;

  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  const planOf = async (name: string, text: string): Promise<string> => {
    const { journal } = opened.database;
    const places = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)));
    await journal.query({ text: `prepare ${name} as ${text}` });
    const nulls = Array.from({ length: places }, () => 'null').join(', ');
    const { rows } = await journal.query<{ 'QUERY PLAN': string }>({ text: `explain execute ${name}(${nulls})` });
    await journal.query({ text: `deallocate ${name}` });
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  const expectKeyAlone = async (): Promise<void> => {
    const appends = toStatement({ appends: [], starts: [], hint: undefined }).text;
    const request = startRequest(await insertBlueprint(opened.stores));
    const starts = toStatement({ appends: [], starts: [{ request, columns: [] }], hint: undefined }).text;
    for (const [index, text] of [appends, starts].entries()) {
      const plan = await planOf(`plan_${index}`, text);
      expect(plan).toContain('Index Scan using executions_pkey on executions e');
      expect(plan).not.toContain('executions_lease_owner');
    }
  };

  test('goes to each execution by its key, while the table is empty', expectKeyAlone);

  test('and when it has rows and statistics', async () => {
    const blueprint = await insertBlueprint(opened.stores);
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(upTo(50).map(() => opened.stores.executions.start(startRequest(blueprint))));
    }
    await opened.database.query({ text: 'analyze executions' });
    await expectKeyAlone();
  });
});
