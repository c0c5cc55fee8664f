import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOfType, startTestApp, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { code, scripted } from '../../support/scripted-code.ts';

const KIB = 1_024;

describe.each([
  ['that stays in the event, and out of the state', 8 * KIB, 'inline'],
  ['that becomes an artifact', 300 * KIB, 'artifact'],
])('a value %s', (_, size, place) => {
  let database: ServerTestDatabase;
  let app: TestApp;
  const text = 'ä'.repeat(size / 2);

  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startTestApp({
      databaseUrl: database.url,
      executors: scripted(({ input }) => (input === 'make' ? text : input)),
    });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  test('goes through the input, nodes, an expression and the output as it is', async () => {
    const outcome = await app.run(
      {
        name: 'through',
        input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
        nodes: {
          given: { kind: 'transform', output: '${ input.text }' },
          made: code({ input: 'make' }),
          echo: code({ input: { a: '${ nodes.given.output }', b: '${ nodes.made.output }' } }),
          same: { kind: 'transform', output: '${ nodes.echo.output.a == nodes.echo.output.b }' },
        },
        output: { same: '${ nodes.same.output }', text: '${ nodes.echo.output.b }' },
      },
      { text },
    );
    expect(outcome.end).toBe('executionSucceeded');
    expect(outcome.output).toEqual({ same: true, text });
    const outputs = eventsOfType(outcome.events, 'attemptSucceeded');
    expect(outputs.filter(({ path }) => path !== 'same').every(({ output }) => place in output)).toBe(true);
  });

  test('goes through a loop: as a list, an item, the output of a body, and the output of all', async () => {
    const items = Array.from({ length: 3 }, (_, n) => ({ n, text }));
    const outcome = await app.run(
      {
        name: 'looped',
        input: { type: 'object', properties: { items: { type: 'array' } } },
        nodes: {
          each: {
            kind: 'loop',
            items: '${ input.items }',
            as: 'it',
            concurrency: 2,
            nodes: {
              echo: code({ input: '${ it }' }),
              text: { kind: 'transform', output: '${ nodes.echo.output.text }' },
            },
            output: { n: '${ it.n }', text: '${ nodes.text.output }' },
          },
          chosen: {
            kind: 'condition',
            branches: [{ when: '${ nodes.each.output.size() == 3 }', output: '${ nodes.each.output[2].text }' }],
          },
          both: {
            kind: 'parallel',
            branches: { a: { output: '${ nodes.chosen.output }' }, b: { output: '${ nodes.each.output[0].n }' } },
          },
        },
        output: { each: '${ nodes.each.output }', both: '${ nodes.both.output }' },
      },
      { items },
    );
    expect(outcome.end).toBe('executionSucceeded');
    expect(outcome.output).toEqual({ each: items, both: { a: text, b: 0 } });
  });

  test('is found again by a process that never had it in memory', async () => {
    const id = await app.start(
      await app.publish({
        name: 'found-again',
        nodes: {
          made: code({ input: 'make' }),
          slow: code({ input: 'slow', after: ['made'] }),
          after: { kind: 'transform', output: '${ nodes.made.output + nodes.slow.output }' },
        },
        output: '${ nodes.after.output }',
      }),
      {},
    );
    const outcome = await app.finish(id);
    expect(outcome.output).toBe(`${text}slow`);
  });
});
