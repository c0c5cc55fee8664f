import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExecutionId } from '../../src/core/ids.ts';
import type { ExecutionEvent } from '../../src/execution/events.ts';
import { eventsOfType, startTestApp, type TestApp } from '../support/app.ts';
import { author } from '../support/blueprint-use-cases.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { startServerProcess } from '../support/server-process.ts';

const ICEOS_CONFIG = path.resolve('test/support/agents/iceos.config.ts');

let database: ServerTestDatabase;
let app: TestApp;

beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(async () => {
  await app.close();
  await database.close();
});

const open = async (environment: Readonly<Record<string, string>> = {}): Promise<TestApp> => {
  app = await startTestApp({ databaseUrl: database.url, environment: { ICEOS_CONFIG, ...environment } });
  return app;
};

const asks = (agent: string, more: object = {}) => ({
  name: agent.replace('_', '-'),
  nodes: { a: { kind: 'agent', agent, prompt: 'Go on.' } },
  output: '${ nodes.a.output }',
  ...more,
});

/** The turns as they were recorded: each once, whatever happened between. */
const turnsOf = (events: readonly ExecutionEvent[]): readonly number[] =>
  eventsOfType(events, 'agentTurned').map(({ turn }) => turn);
const callsOf = (events: readonly ExecutionEvent[]): readonly (readonly number[])[] =>
  eventsOfType(events, 'toolCalled').map(({ turn, call }) => [turn, call]);
const STEPS = [1, 2, 3, 4];

async function ledgerOf(id: ExecutionId): Promise<readonly { readonly attempt: number; readonly cost: number }[]> {
  const text =
    'select attempt, cost_usd_micros::int as cost from ledger where execution_id = $1 order by attempt, call';
  return (await database.database.query<{ attempt: number; cost: number }>({ text, values: [id] })).rows;
}

describe('an agent', () => {
  test('stops between two turns at the soft limit, and goes on behind the last step', async () => {
    await open();
    const id = await app.start(await app.publish(asks('stepper', { budget: { softCostUsdMicros: 1 } })));
    const abandoned = await app.follow(id, ({ type }) => type === 'attemptAbandoned');
    expect(abandoned).toMatchObject({ cause: 'paused', attempt: 1 });
    const resumed = await app.useCases.executions.resumeExecution(author, {
      id,
      budget: { softCostUsdMicros: 9_000n },
    });
    expect(resumed).toMatchObject({ ok: true });
    const { events, output } = await app.finish(id);
    expect(output).toMatchObject({ text: 'Eight steps. Done.', turns: 5 });
    expect(turnsOf(events)).toEqual([...STEPS, 5]);
    expect(callsOf(events)).toEqual(STEPS.map((turn) => [turn, 0]));
    const steps = events.flatMap((event) => ('step' in event ? [event.step] : []));
    expect(steps).toEqual(steps.map((_, at) => at + 1));
    const ledger = await ledgerOf(id);
    expect(ledger.map(({ attempt }) => attempt)).toEqual([1, 2, 2, 2, 2]);
    const cost = ledger.reduce((sum, row) => sum + row.cost, 0);
    expect(eventsOfType(events, 'agentTurned').reduce((sum, turn) => sum + turn.costUsdMicros, 0)).toBe(cost);
    const [execution] = await app.useCases.executions.getExecutions(author, [id]);
    expect(execution?.usage.costUsdMicros).toBe(BigInt(cost));
  });

  test('that goes on is told the past that it was told when it began, whatever was kept since', async () => {
    await open();
    const asked = (agent: string, prompt: string, more: object = {}) => ({
      ...{ name: `${agent}-${prompt.toLowerCase()}`, output: '${ nodes.a.output.text }', ...more },
      nodes: { a: { kind: 'agent', agent, prompt, session: 'eve' } },
    });
    await app.run(asked('chatter', 'First'));
    const budget = { softCostUsdMicros: 1 };
    const id = await app.start(await app.publish(asked('diarist', 'Go', { budget })));
    await app.follow(id, ({ type }) => type === 'attemptAbandoned');
    await app.run(asked('chatter', 'Second'));
    await app.useCases.executions.resumeExecution(author, { id, budget: { softCostUsdMicros: 1_000_000n } });
    const { events, output } = await app.finish(id);
    expect(eventsOfType(events, 'attemptSucceeded')).toMatchObject([{ attempt: 2 }]);
    expect(eventsOfType(events, 'pastRecalled')).toMatchObject([
      { attempt: 1, step: 1, session: 'eve', episodes: 1, value: { inline: [expect.stringContaining('First')] } },
    ]);
    expect(output).toContain('Asked: First');
    expect(output).not.toContain('Second');
    const text = `select attempt from ledger where execution_id = $1 and model = 'chat' order by attempt`;
    // It is read once, and what came of it is kept at the end.
    expect((await database.database.query({ text, values: [id] })).rows).toEqual([{ attempt: 1 }, { attempt: 2 }]);
  });

  test('whose process is killed goes on in another one, and does nothing again', { timeout: 60_000 }, async () => {
    await open({ ICEOS_ROLE: 'gateway' });
    const environment = { ICEOS_CONFIG, ICEOS_SANDBOX: 'development' };
    const owner = await startServerProcess({ databaseUrl: database.url, environment });
    try {
      const id = await app.start(await app.publish(asks('slow_stepper')));
      await app.follow(id, (event) => event.type === 'toolCalled' && event.turn === 2);
      await owner.kill();
      const next = await startServerProcess({ databaseUrl: database.url, environment });
      try {
        const { events, output } = await app.finish(id);
        expect(output).toMatchObject({ text: 'Eight steps. Done.' });
        expect(turnsOf(events)).toEqual([...STEPS, 5]);
        expect(callsOf(events)).toEqual(STEPS.map((turn) => [turn, 0]));
        expect(eventsOfType(events, 'attemptAbandoned')).toMatchObject([{ cause: 'ownerDied' }]);
        expect(eventsOfType(events, 'attemptSucceeded')).toMatchObject([{ attempt: 2 }]);
      } finally {
        await next.kill();
      }
    } finally {
      await owner.kill();
    }
  });

  test('and the members of a swarm do nothing again either', { timeout: 60_000 }, async () => {
    await open({ ICEOS_ROLE: 'gateway' });
    const environment = { ICEOS_CONFIG, ICEOS_SANDBOX: 'development' };
    const owner = await startServerProcess({ databaseUrl: database.url, environment });
    try {
      const swarm = { kind: 'swarm', strategy: 'hierarchical', agents: ['slow_lead', 'greeter'], prompt: 'Greet.' };
      const id = await app.start(
        await app.publish({ name: 'swarm', nodes: { s: swarm }, output: '${ nodes.s.output }' }),
      );
      await app.follow(id, (event) => event.type === 'toolCalled' && event.tool === 'hand_over');
      await owner.kill();
      const next = await startServerProcess({ databaseUrl: database.url, environment });
      try {
        const { events, output } = await app.finish(id);
        expect(output).toMatchObject({ agent: 'slow_lead', text: expect.stringContaining('Hello, Ada!') });
        expect(eventsOfType(events, 'attemptAbandoned')).toMatchObject([{ cause: 'ownerDied' }]);
        expect(eventsOfType(events, 'agentTurned').map(({ thread, turn }) => [thread, turn])).toEqual([
          ...[
            ['lead', 1],
            ['1.0/greeter', 1],
            ['1.0/greeter', 2],
          ],
          ['lead', 2],
        ]);
        expect(eventsOfType(events, 'taskHandedOver')).toHaveLength(1);
        // One row for each turn; what the killed process was asking, if it had begun, is one more, charged as estimated.
        const attempts = (await ledgerOf(id)).map(({ attempt }) => attempt);
        expect([
          [1, 1, 1, 2],
          [1, 1, 1, 1, 2],
        ]).toContainEqual(attempts);
      } finally {
        await next.kill();
      }
    } finally {
      await owner.kill();
    }
  });

  test('is stopped at once by a cancel', async () => {
    await open();
    const id = await app.start(await app.publish(asks('slow_stepper')));
    await app.follow(id, ({ type }) => type === 'toolCalled');
    await app.cancel(id);
    const { end, events } = await app.finish(id);
    expect(end).toBe('executionCanceled');
    expect(turnsOf(events).length).toBeLessThan(3);
  });
});
