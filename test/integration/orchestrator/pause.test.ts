import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, type ExecutionId } from '../../../src/core/ids.ts';
import type { ExecutionEvent } from '../../../src/execution/events.ts';
import type { ExecutionStatus } from '../../../src/execution/status.ts';
import type { Executors } from '../../../src/orchestrator/executor.ts';
import type { BudgetChange } from '../../../src/usage/budget.ts';
import { eventsOfType, startTestApp, type TestApp, type TestAppOptions } from '../../support/app.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { leaseOf } from '../../support/leases.ts';
import { code, createGate, scripted, untilStopped, type Gate } from '../../support/scripted-code.ts';
import { until } from '../../support/until.ts';

let database: ServerTestDatabase;
let apps: TestApp[];
let gate: Gate;

beforeEach(async () => {
  apps = [];
  gate = createGate();
  database = await openTestDatabase();
});
afterEach(async () => {
  gate.open();
  await Promise.all(apps.map((app) => app.close()));
  await database.close();
});

/** Code nodes end at once, or hold (`gate`, `hang`), or fail the first time (`retry`). */
const held = scripted(async ({ input, attempt }, signal) => {
  if (input === 'gate') await gate.pass(signal);
  if (input === 'hang') await untilStopped(signal);
  if (input === 'retry' && attempt === 1) throw new Error('not at once');
  return input;
});

async function open(options: Omit<TestAppOptions, 'databaseUrl'> = {}): Promise<TestApp> {
  const app = await startTestApp({ databaseUrl: database.url, executors: held, ...options });
  apps.push(app);
  return app;
}

async function pause(app: TestApp, id: ExecutionId): Promise<ExecutionStatus> {
  const paused = await app.useCases.executions.pauseExecution(author, { id });
  if (!paused.ok) throw new Error(paused.error.message);
  return paused.value.status;
}

async function resume(app: TestApp, id: ExecutionId, budget?: BudgetChange): Promise<string> {
  const resumed = await app.useCases.executions.resumeExecution(author, { id, budget });
  return resumed.ok ? 'resumed' : resumed.error.kind;
}

const statusOf = async (app: TestApp, id: ExecutionId): Promise<ExecutionStatus | undefined> =>
  (await app.useCases.executions.getExecutions(author, [id]))[0]?.status;

/** Nobody holds it, and it is due at no time. */
const untilAtRest = (id: ExecutionId): Promise<void> =>
  until(
    async () => {
      const { owner, dueAt } = await leaseOf(database, id);
      return owner === null && dueAt === null;
    },
    20_000,
    `execution ${id} rests`,
  );

const two = { name: 'two', nodes: { first: code({ input: 'gate' }), second: code({ after: ['first'] }) } };
const isPaused = ({ type }: ExecutionEvent): boolean => type === 'executionPaused';
const isStarted = ({ type }: ExecutionEvent): boolean => type === 'attemptStarted';
const typesOf = (events: readonly ExecutionEvent[]): readonly string[] => events.map(({ type }) => type);

describe('a pause', () => {
  test('asked for at one process holds an execution of another, which gives it up, and wakes it at the resume', async () => {
    const owner = await open();
    const gateway = await open({ environment: { ICEOS_ROLE: 'gateway' } });
    const held = { ...two, nodes: { ...two.nodes, second: code({ after: ['first'], input: 'gate' }) } };
    const id = await owner.start(await owner.publish(held));
    await gateway.follow(id, isStarted);
    expect(await pause(gateway, id)).toBe('paused');
    expect(await pause(gateway, id)).toBe('paused');
    await gateway.follow(id, isPaused);
    gate.open();
    await untilAtRest(id);
    expect(await statusOf(gateway, id)).toBe('paused');
    expect(owner.running).toBe(0);
    // The second one waits, so that a second resume finds it running.
    gate = createGate();
    expect(await resume(gateway, id)).toBe('resumed');
    expect(await resume(gateway, id)).toBe('resumed');
    gate.open();
    const { events, end } = await gateway.finish(id);
    expect(end).toBe('executionSucceeded');
    expect(typesOf(events).slice(2)).toEqual([
      ...['attemptStarted', 'pauseRequested', 'executionPaused', 'attemptSucceeded'],
      ...['resumeRequested', 'executionResumed', 'attemptStarted', 'attemptSucceeded', 'executionSucceeded'],
    ]);
    expect(await resume(gateway, id)).toBe('AlreadyFinishedError');
    expect([...owner.log, ...gateway.log]).toEqual([]);
  });

  test('holds what nobody has begun yet, and is not in the way of a cancel', async () => {
    const gateway = await open({ environment: { ICEOS_ROLE: 'gateway' } });
    const blueprint = await gateway.publish(two);
    const [kept, canceled] = await Promise.all([gateway.start(blueprint), gateway.start(blueprint)]);
    for (const id of [kept, canceled]) expect(await pause(gateway, id)).toBe('paused');
    const owner = await open();
    await untilAtRest(kept);
    await untilAtRest(canceled);
    await owner.cancel(canceled);
    expect(typesOf((await owner.finish(canceled)).events)).toEqual([
      ...['executionRequested', 'pauseRequested', 'executionStarted', 'executionPaused'],
      ...['cancelRequested', 'executionCanceled'],
    ]);
    gate.open();
    await resume(owner, kept);
    expect((await owner.finish(kept)).end).toBe('executionSucceeded');
  });

  test('makes a retry that fell due wait for the resume', async () => {
    const app = await open();
    const nodes = { again: code({ input: 'retry', retry: { attempts: 2, delayMs: 300, jitter: 0 } }) };
    const id = await app.start(await app.publish({ name: 'again', nodes }));
    await app.follow(id, ({ type }) => type === 'attemptFailed');
    await pause(app, id);
    await untilAtRest(id);
    const [failed] = eventsOfType(await journalOf(id), 'attemptFailed');
    await until(async () => Date.now() > (failed?.retryAt ?? 0), 5_000, 'it is due');
    expect(typesOf(await journalOf(id)).at(-1)).toBe('executionPaused');
    await resume(app, id);
    const { events } = await app.finish(id);
    const [resumed] = eventsOfType(events, 'executionResumed');
    expect(eventsOfType(events, 'attemptStarted').at(-1)?.sequence).toBe((resumed?.sequence ?? 0) + 1);
  });

  test('does not count against the deadline', async () => {
    const app = await open();
    const nodes = {
      first: code(),
      second: code({ after: ['first'] }),
      last: code({ input: 'gate', after: ['second'] }),
    };
    const id = await app.start(await app.publish({ name: 'late', budget: { maxWallMs: 5_000 }, nodes }));
    await pause(app, id);
    const [started] = eventsOfType(await journalOf(id), 'executionStarted');
    await until(async () => Date.now() > (started?.deadlineAt ?? 0) + 200, 10_000, 'the deadline has passed');
    expect(await statusOf(app, id)).toBe('paused');
    gate.open();
    await resume(app, id);
    expect((await app.finish(id)).end).toBe('executionSucceeded');
  });

  test('and resumes and cancels from everywhere leave a journal without a gap, in which nothing begins while it holds', async () => {
    const all = [await open(), await open()];
    const [one] = all;
    if (one === undefined) throw new Error('No program is open.');
    const chain = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`n${n}`, n % 3 === 0 ? { kind: 'transform', output: n } : code()]).map(
        ([name, node], n, nodes) => [name, n === 0 ? node : { ...Object(node), after: [nodes[n - 1]?.[0]] }],
      ),
    );
    const blueprint = await one.publish({ name: 'racing', nodes: chain });
    const ids = await Promise.all(Array.from({ length: 8 }, () => one.start(blueprint)));
    const bother = async (id: ExecutionId, turn: number): Promise<void> => {
      for (let n = 0; n < 6; n += 1) {
        const app = all[(n + turn) % all.length] ?? one;
        const { executions } = app.useCases;
        if (n % 2 === 0) await executions.pauseExecution(author, { id });
        else await executions.resumeExecution(author, { id });
      }
      if (turn % 4 === 0) await one.cancel(id).catch(() => undefined);
      else await resume(one, id);
    };
    await Promise.all(ids.map(bother));
    for (const id of ids) {
      const { events } = await one.finish(id);
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      let isHeld = false;
      for (const event of events) {
        if (event.type === 'pauseRequested') isHeld = true;
        if (event.type === 'executionResumed') isHeld = false;
        if (isHeld) expect(event.type).not.toBe('attemptStarted');
      }
    }
    expect(all.flatMap(({ log }) => log)).toEqual([]);
  });
});

describe('the soft limit of a budget', () => {
  /** Each attempt costs as many micro-dollars as its input says. */
  const costing = (executors: Executors): Executors => ({
    ...executors,
    code: {
      effect: true,
      async run(_node, { input }) {
        const usage = { cpuMs: 0, wallMs: 1, peakMemoryBytes: 0, costUsdMicros: Number(input) };
        return { type: 'succeeded', output: null, usage };
      },
    },
  });
  const spending = {
    name: 'spending',
    budget: { maxCostUsdMicros: 1_000, softCostUsdMicros: 100 },
    nodes: { a: code({ input: 60 }), b: code({ input: 60, after: ['a'] }), c: code({ input: 60, after: ['b'] }) },
  };

  test('pauses, refuses a resume that is too small, and goes on with a larger budget', async () => {
    const app = await open({ executors: costing });
    const id = await app.start(await app.publish(spending));
    expect(await app.follow(id, isPaused)).toMatchObject({ cause: 'budgetSoftLimit' });
    await untilAtRest(id);
    expect(await resume(app, id)).toBe('BudgetExceededError');
    const tooSmall = { id, budget: { softCostUsdMicros: 120n } };
    expect(await app.useCases.executions.resumeExecution(author, tooSmall)).toMatchObject({
      ok: false,
      error: { kind: 'BudgetExceededError', limitUsdMicros: 120n, estimateUsdMicros: 120n },
    });
    expect(await resume(app, id, { maxCostUsdMicros: 5n, softCostUsdMicros: 200n })).toBe('BudgetExceededError');
    expect(await resume(app, id, { softCostUsdMicros: -1n })).toBe('InvalidInputError');
    expect(await resume(app, id, { softCostUsdMicros: 121n })).toBe('resumed');
    const { end, events } = await app.finish(id);
    expect(end).toBe('executionSucceeded');
    expect(eventsOfType(events, 'executionPaused')).toHaveLength(1);
  });

  test('is what the start asks for, and may be raised before it is reached', async () => {
    const app = await open({ executors: costing });
    const blueprint = await app.publish({ ...spending, name: 'asked' });
    const lower = await app.start(blueprint, {}, { budget: { softCostUsdMicros: 60n } });
    await app.follow(lower, isPaused);
    expect(eventsOfType(await journalOf(lower), 'attemptSucceeded')).toHaveLength(1);
    const [request] = await journalOf(lower);
    expect(request).toMatchObject({ budget: { maxCostUsdMicros: 1_000, softCostUsdMicros: 60 } });
    const higher = await app.start(blueprint, {}, { budget: { softCostUsdMicros: 5_000n, maxCostUsdMicros: 9_000n } });
    const { end, events } = await app.finish(higher);
    expect(end).toBe('executionSucceeded');
    expect(events[0]).toMatchObject({ budget: { maxCostUsdMicros: 1_000, softCostUsdMicros: 5_000 } });
  });

  test('is changed once by the same change', async () => {
    let letGo = (): void => undefined;
    const opened = new Promise<void>((resolve) => (letGo = resolve));
    const waiting = (executors: Executors): Executors => ({
      ...executors,
      code: { effect: true, run: async () => opened.then(() => ({ type: 'succeeded', output: null })) },
    });
    const app = await open({ executors: waiting });
    const id = await app.start(await app.publish({ ...spending, name: 'changed' }));
    await app.follow(id, ({ type }) => type === 'attemptStarted');
    for (let n = 0; n < 3; n += 1) expect(await resume(app, id, { softCostUsdMicros: 500n })).toBe('resumed');
    letGo();
    const { events } = await app.finish(id);
    expect(eventsOfType(events, 'resumeRequested')).toHaveLength(1);
  });
});

async function journalOf(id: ExecutionId): Promise<readonly ExecutionEvent[]> {
  const { events } = await database.stores.events.read(DEFAULT_TENANT, id, 0, 100);
  return events.flatMap((event) => (event.type === 'unknown' ? [] : [event]));
}
