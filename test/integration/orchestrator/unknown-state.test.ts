import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { createState } from '../../../src/execution/create-state.ts';
import type { RecordedEvent } from '../../../src/execution/events.ts';
import { replay } from '../../../src/execution/replay.ts';
import { createExecutionValues } from '../../../src/orchestrator/execution-values.ts';
import type { EffectExecutor, Executors } from '../../../src/orchestrator/executor.ts';
import { createJournalClock } from '../../../src/orchestrator/journal-clock.ts';
import { createRun } from '../../../src/orchestrator/run-execution.ts';
import { DatabaseUnavailableError } from '../../../src/store/unavailable.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { planFor } from '../../support/drive.ts';
import { insertBlueprint, startOwned } from '../../support/journal.ts';

let database: ServerTestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

it('a step is told to be recorded only when the journal has it, however long the database is away', async () => {
  const { stores } = database;
  const { id } = await startOwned(stores, await insertBlueprint(stores));
  const plan = planFor({ a: { kind: 'agent', agent: 'ada', prompt: 'Hi' } });
  const journal = async (): Promise<readonly RecordedEvent[]> =>
    (await stores.events.read(DEFAULT_TENANT, id, 0, 1_000)).events;
  const [first] = await journal();
  if (first?.type !== 'executionRequested') throw new Error('It begins with its request.');
  let isAway = false;
  const whenThere = <T>(ask: () => Promise<T>): Promise<T> =>
    isAway ? Promise.reject(new DatabaseUnavailableError('away')) : ask();

  const recordedWhenTold: boolean[] = [];
  let begun = 0;
  const agent: EffectExecutor<'agent'> = {
    effect: true,
    async run(_node, { steps }) {
      begun += 1;
      isAway = true;
      setTimeout(() => (isAway = false), 1_500);
      await steps.record({
        ...{ type: 'agentTurned', thread: '', agent: 'ada', turn: 1, model: 'test', finish: 'stop' },
        ...{ value: { text: 'Hm.', toolCalls: [] }, inputTokens: 1, outputTokens: 1, costUsdMicros: 0 },
      });
      recordedWhenTold.push((await journal()).some(({ type }) => type === 'agentTurned'));
      return { type: 'succeeded', output: 'done' };
    },
  };
  const faults: unknown[] = [];
  const run = createRun(
    {
      of: { executionId: id, tenant: DEFAULT_TENANT, token: 1, previousOwnerDied: false },
      state: createState(plan, first),
    },
    {
      ...stores,
      events: { ...stores.events, append: (request) => whenThere(() => stores.events.append(request)) },
      clock: createJournalClock(systemClock),
      values: createExecutionValues(stores),
      texts: { open: () => ({ say: () => undefined, close: () => Promise.resolve() }) },
      // No other kind is in the plan.
      executors: { agent } as unknown as Executors,
      pureNodes: 'commit',
      parkAfterMs: 60_000,
      defaultDeadlineMs: 60_000,
      pinOf: () => ({ tools: {}, agents: {}, models: {} }),
      readState: () => whenThere(async () => replay(plan, await journal())),
      reportFault: (error) => faults.push(error),
    },
  );
  expect(await run.ended).toBe('finished');
  expect(recordedWhenTold).toEqual([true]);
  expect(begun).toBe(1);
  expect(faults.length).toBeGreaterThan(1);
  expect((await journal()).map(({ type }) => type)).toEqual([
    ...['executionRequested', 'executionStarted', 'attemptStarted', 'agentTurned'],
    ...['attemptSucceeded', 'executionSucceeded'],
  ]);
});
