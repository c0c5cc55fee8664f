import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantId, type ExecutionId } from '../../../src/core/ids.ts';
import { encodeCursor } from '../../../src/live/cursor.ts';
import { eventsOfType, startTestApp, type TestApp } from '../../support/app.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';

const ICEOS_CONFIG = path.resolve('test/support/agents/iceos.config.ts');

describe('agents that remember', () => {
  let database: ServerTestDatabase;
  let app: TestApp;
  let asks = 0;
  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startTestApp({ databaseUrl: database.url, environment: { ICEOS_CONFIG } });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  const asking = (agent: string, prompt: string, more: object = {}, session = 'none') => ({
    name: `recall-${(asks += 1)}`,
    nodes: { a: { kind: 'agent', agent, prompt, session } },
    output: '${ nodes.a.output.text }',
    ...more,
  });
  const countOf = async (table: 'memory_facts' | 'memory_episodes', column: string, like: string): Promise<number> =>
    (
      await database.database.query<{ n: number }>({
        text: `select count(*)::int4 as n from ${table} where ${column} like $1`,
        values: [like],
      })
    ).rows[0]?.n ?? -1;
  const kindsOf = async (id: ExecutionId): Promise<readonly string[]> =>
    (
      await database.database.query<{ row: string }>({
        text: `select kind || ' ' || model || ' ' || attempt as row from ledger where execution_id = $1 order by attempt, call`,
        values: [id],
      })
    ).rows.map(({ row }) => row);

  it('are found by their meaning in another execution, and each use is a row of the ledger', async () => {
    const kept = await app.run(asking('keeper', 'The build of the project takes four minutes.'));
    expect(kept.output).toBe('Kept.');
    await app.run(asking('keeper', 'Cats sleep most of the day.'));
    const found = await app.run(asking('seeker', 'How long do I wait for a compile?'));
    expect(found.output).toContain('takes four minutes');
    expect(await kindsOf(kept.id)).toEqual([
      ...['2 chat 1', '0 priced 1', '1 meaning 1', '2 facts 1', '0 priced 1', '2 chat 1'],
    ]);
    expect(await kindsOf(found.id)).toEqual(['0 script 1', '1 meaning 1', '2 facts 1', '0 script 1']);
  }, 120_000);

  it('know the past of their session, and of no other session or tenant', async () => {
    // What an episode holds of it ends within a character, and a NUL no database keeps.
    const long = `${'x'.repeat(8_191)}\u{1F600}`;
    expect((await app.run(asking('chatter', long, {}, 'ada'))).output).toBe('Nothing before.');
    expect((await app.run(asking('chatter', 'And now?', {}, 'ada'))).output).toContain('Asked: xxx');
    expect((await app.run(asking('chatter', 'And now?', {}, 'eve'))).output).toBe('Nothing before.');
    const other = { ...author, tenant: TenantId.parse(uuidv7()) };
    const { blueprints, executions } = app.useCases;
    const source = JSON.stringify(asking('chatter', 'And now?', {}, 'ada'));
    const created = await blueprints.createBlueprint(other, { source });
    if (!created.ok) throw new Error(JSON.stringify(created.error));
    const { id, version } = created.value;
    await blueprints.publishBlueprint(other, { id, expectedVersion: version });
    const started = await executions.startExecution(other, { blueprintId: id, input: {} });
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    const executionId = started.value.execution.id;
    const followed = await executions.followExecution(other, { executionId, after: encodeCursor(executionId, 0) });
    if (!followed.ok) throw new Error(followed.error.message);
    const outputs: unknown[] = [];
    for await (const message of followed.value.messages) {
      if (message.type !== 'events') continue;
      for (const event of message.events) if (event.type === 'executionSucceeded') outputs.push(event.output);
    }
    expect(outputs).toEqual([{ inline: 'Nothing before.' }]);
  }, 120_000);

  it('keep each fact and each episode once, also when they are paused and resumed', async () => {
    const budget = { softCostUsdMicros: 1 };
    const id = await app.start(await app.publish(asking('keeper', 'Rome is old.', { budget }, 'rome')));
    await app.follow(id, ({ type }) => type === 'attemptAbandoned');
    await app.useCases.executions.resumeExecution(author, { id, budget: { softCostUsdMicros: 1_000_000n } });
    const { events, output } = await app.finish(id);
    expect(output).toBe('Kept.');
    expect(eventsOfType(events, 'attemptSucceeded')).toMatchObject([{ attempt: 2 }]);
    expect(eventsOfType(events, 'toolCalled')).toHaveLength(1);
    expect(await countOf('memory_facts', 'text', 'Rome is old.')).toBe(1);
    expect(await countOf('memory_episodes', 'content', '%Rome is old.%')).toBe(1);
  }, 120_000);

  it('stop where the budget refuses what a memory costs, and ask nobody on', async () => {
    const budget = { maxCostUsdMicros: 500 };
    const { events } = await app.run(asking('dear_seeker', 'Who was here?', { budget }));
    expect(eventsOfType(events, 'attemptFailed')).toMatchObject([
      { failure: { reason: 'budgetExceeded', message: expect.stringContaining('"dear_meaning" may cost') as string } },
    ]);
    expect(eventsOfType(events, 'agentTurned')).toHaveLength(1);
    expect(eventsOfType(events, 'toolCalled')).toEqual([]);
    const roomy = await app.run(asking('dear_seeker', 'Who was here?', { budget: { maxCostUsdMicros: 5_000 } }));
    expect(roomy.output).toBe('[]');
  }, 120_000);
});
