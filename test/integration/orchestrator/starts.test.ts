import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { code, createGate, scripted, type Gate } from '../../support/scripted-code.ts';

describe('starts', () => {
  let database: ServerTestDatabase;
  let app: TestApp;
  let gate: Gate;

  beforeAll(async () => {
    gate = createGate();
    database = await openTestDatabase();
    const executors = scripted(async (_attempt, signal) => {
      await gate.pass(signal);
      return null;
    });
    app = await startTestApp({ databaseUrl: database.url, executors });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  const startWith = (blueprintId: Awaited<ReturnType<TestApp['publish']>>, input: number, idempotencyKey: string) =>
    app.useCases.executions.startExecution(author, { blueprintId, input: { n: input }, idempotencyKey });

  test('with one idempotency key are one execution, also when they come together', async () => {
    const blueprint = await app.publish({ name: 'once', input: { type: 'object' }, nodes: {}, output: '${ input.n }' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => startWith(blueprint, 1, 'key')));
    const started = answers.map((answer) => (answer.ok ? answer.value : undefined));
    expect(new Set(started.map((one) => one?.execution.id)).size).toBe(1);
    expect(started.filter((one) => one?.created === true)).toHaveLength(1);
    const [id] = started.map((one) => one?.execution.id);
    if (id === undefined) throw new Error('Not started.');
    expect(await app.finish(id)).toMatchObject({ output: 1 });
    expect(await startWith(blueprint, 1, 'key')).toMatchObject({ ok: true, value: { created: false } });
    expect(await startWith(blueprint, 2, 'key')).toMatchObject({
      error: { kind: 'IdempotencyConflict', executionId: id },
    });
    const { rows } = await database.database.query({ text: `select count(*)::int as n from executions` });
    expect(rows).toEqual([{ n: 1 }]);
  });

  test('pin the revision: a newer one changes nothing of what runs', async () => {
    const document = (answer: string): object => ({
      name: 'pinned',
      nodes: { wait: code(), answer: { kind: 'transform', output: answer, after: ['wait'] } },
      output: '${ nodes.answer.output }',
    });
    const blueprint = await app.publish(document('old'));
    const before = await app.start(blueprint);
    await app.follow(before, ({ type }) => type === 'attemptStarted');
    const updated = await app.useCases.blueprints.updateBlueprint(author, {
      id: blueprint,
      expectedVersion: 2,
      onConflict: 'reject',
      edits: [{ replace: JSON.stringify(document('new')) }],
    });
    if (!updated.ok) throw new Error(updated.error.message);
    const { version } = updated.value.blueprint;
    const published = await app.useCases.blueprints.publishBlueprint(author, {
      id: blueprint,
      expectedVersion: version,
    });
    expect(published).toMatchObject({ ok: true });
    const after = await app.start(blueprint);
    gate.open();
    expect([(await app.finish(before)).output, (await app.finish(after)).output]).toEqual(['old', 'new']);
  });
});
