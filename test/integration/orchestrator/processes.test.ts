import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, type BlueprintId, type ExecutionId } from '../../../src/core/ids.ts';
import { eventsOfType, startTestApp, type TestApp, type TestAppOptions } from '../../support/app.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { administer, withDatabase } from '../../support/database-broker.ts';
import { allSucceeded, auditJournal } from '../../support/journal-audit.ts';
import { newExecutionId, RUNNING } from '../../support/journal.ts';
import { leaseOf, untilParked } from '../../support/leases.ts';
import { code, createGate, scripted, untilStopped } from '../../support/scripted-code.ts';
import { until } from '../../support/until.ts';

const LEASE = { ICEOS_LEASE_MS: '1500', ICEOS_HEARTBEAT_MS: '200', ICEOS_KILL_GRACE_MS: '300' };

let database: ServerTestDatabase;
let apps: TestApp[];

beforeEach(async () => {
  apps = [];
  database = await openTestDatabase();
});
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await database.close();
});

async function open(options: Omit<TestAppOptions, 'databaseUrl'> = {}): Promise<TestApp> {
  const app = await startTestApp({ databaseUrl: database.url, ...options });
  apps.push(app);
  return app;
}

const transform = (output: unknown, more: object = {}): object => ({ kind: 'transform', output, ...more });
const chain = {
  name: 'chain',
  nodes: { work: code(), after: transform('${ nodes.work.output }') },
  output: '${ nodes.after.output }',
};

/** A request in the database of which nobody was told. */
async function insertRequest(blueprintId: BlueprintId, fingerprint: string): Promise<ExecutionId> {
  const id = newExecutionId();
  await database.stores.executions.start({
    id,
    tenant: DEFAULT_TENANT,
    blueprintId,
    blueprintVersion: 1,
    projection: { ...RUNNING, status: 'pending' },
    idempotency: undefined,
    owner: undefined,
    events: [
      {
        type: 'executionRequested',
        sequence: 1,
        at: Date.now(),
        blueprintId,
        version: 1,
        fingerprint,
        input: { inline: {} },
        requestedBy: 'test',
      },
    ],
  });
  return id;
}

/** Of connections that are lost none comes back until it is allowed again. */
const allowConnections = (allowed: boolean): Promise<void> =>
  administer(
    withDatabase(database.url, 'postgres'),
    `alter database "${new URL(database.url).pathname.slice(1)}" allow_connections ${allowed}`,
  );

async function claimsBy(app: TestApp, by: 'ring' | 'sweep'): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  return Number(new RegExp(`iceos_executions_claimed_total\\{by="${by}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

describe('an execution that nobody has claimed at its start', () => {
  const executors = scripted(() => 'done');

  test('is rung for, and carried by the process that hears it', async () => {
    const gateway = await open({ environment: { ICEOS_ROLE: 'gateway' } });
    const worker = await open({ executors });
    const blueprint = await gateway.publish(chain);
    for (let n = 0; n < 5; n += 1) {
      expect(await gateway.finish(await gateway.start(blueprint))).toMatchObject({ output: 'done' });
    }
    expect(await claimsBy(worker, 'ring')).toBeGreaterThan(0);
    expect(gateway.running).toBe(0);
  });

  test('is found by the sweep when the ring was lost', async () => {
    const worker = await open({ executors });
    const blueprint = await worker.publish(chain);
    const [record] = await database.stores.blueprints.getMany(DEFAULT_TENANT, [blueprint]);
    const id = await insertRequest(blueprint, record?.publishedFingerprint ?? '');
    expect(await worker.finish(id)).toMatchObject({ output: 'done' });
    expect(await claimsBy(worker, 'sweep')).toBe(1);
  });

  test('is put aside when its journal cannot be carried on here, and harms nobody', async () => {
    const worker = await open({ executors });
    const blueprint = await worker.publish(chain);
    const id = await insertRequest(blueprint, 'f'.repeat(64));
    await until(async () => (await leaseOf(database, id)).token === 1, 10_000, 'it is claimed');
    await untilParked(database, id);
    expect((await leaseOf(database, id)).dueAt).toBeGreaterThan(Date.now() + 30_000);
    expect(await worker.finish(await worker.start(blueprint))).toMatchObject({ output: 'done' });
  });
});

test('no process carries more executions than it may, and the others wait', async () => {
  const gate = createGate();
  const app = await open({
    environment: { ICEOS_MAX_RUNNING_EXECUTIONS: '2' },
    executors: scripted(async (_attempt, signal) => {
      await gate.pass(signal);
      return 1;
    }),
  });
  const blueprint = await app.publish(chain);
  const ids = await Promise.all(Array.from({ length: 5 }, () => app.start(blueprint)));
  const records = await database.stores.executions.getMany(DEFAULT_TENANT, ids);
  expect(records.filter((record) => record?.status === 'pending')).toHaveLength(3);
  expect(app.running).toBe(2);
  gate.open();
  for (const id of ids) expect(await app.finish(id)).toMatchObject({ output: 1 });
});

describe('a process that closes', () => {
  test('lets attempts end, begins nothing more, and another process goes on', async () => {
    const gate = createGate();
    const first = await open({
      executors: scripted(async (_attempt, signal) => {
        await gate.pass(signal);
        return 'by the first';
      }),
    });
    const more = { ...chain.nodes, last: code({ input: '${ nodes.after.output }' }) };
    const id = await first.start(await first.publish({ ...chain, nodes: more, output: '${ nodes.last.output }' }));
    await first.follow(id, ({ type }) => type === 'attemptStarted');
    const closed = first.close();
    gate.open();
    await closed;
    expect((await leaseOf(database, id)).owner).toBeNull();
    const second = await open({ executors: scripted(({ input }) => [input, 'then by the second']) });
    const outcome = await second.finish(id);
    expect(outcome.output).toEqual(['by the first', 'then by the second']);
    expect(eventsOfType(outcome.events, 'attemptAbandoned')).toEqual([]);
  });

  test('stops what takes longer than the grace, says so, and another process tries again', async () => {
    const first = await open({
      environment: { ICEOS_SHUTDOWN_GRACE_MS: '50' },
      executors: scripted((_attempt, signal) => untilStopped(signal)),
    });
    const id = await first.start(await first.publish(chain));
    await first.follow(id, ({ type }) => type === 'attemptStarted');
    await first.close();
    const { events: recorded } = await database.stores.events.read(DEFAULT_TENANT, id, 0, 100);
    expect(recorded.at(-1)).toMatchObject({ type: 'attemptAbandoned', path: 'work', attempt: 1, cause: 'shutdown' });
    const second = await open({ executors: scripted(({ attempt }) => attempt) });
    expect(await second.finish(id)).toMatchObject({ end: 'executionSucceeded', output: 2 });
    expect(await auditJournal(database.database)).toEqual(allSucceeded(1));
  });
});

test('a process that cannot renew its lease stops its work before the lease ends, and takes it up again later', async () => {
  const stoppedAt: number[] = [];
  const app = await open({
    environment: LEASE,
    executors: scripted(async ({ attempt }, signal) => {
      if (attempt > 1) return 'again';
      return untilStopped(signal).finally(() => stoppedAt.push(performance.now()));
    }),
  });
  const id = await app.start(await app.publish(chain));
  await app.follow(id, ({ type }) => type === 'attemptStarted');
  await allowConnections(false);
  await database.cutConnections('iceos heartbeat');
  const cutAt = performance.now();
  await until(() => Promise.resolve(stoppedAt.length > 0), 10_000, 'the attempt is stopped');
  expect((stoppedAt[0] ?? Infinity) - cutAt).toBeLessThan(1_500);
  await allowConnections(true);
  const outcome = await app.finish(id);
  expect(outcome.output).toBe('again');
  expect(eventsOfType(outcome.events, 'attemptAbandoned')).toMatchObject([
    { path: 'work', attempt: 1, cause: 'ownerDied' },
  ]);
  expect(await auditJournal(database.database)).toEqual(allSucceeded(1));
});

test('losing every connection for a moment fails nothing and loses nothing', async () => {
  const app = await open({ executors: scripted(({ input }) => input) });
  const nodes = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`n${n}`, code({ input: n === 0 ? 0 : `\${ nodes.n${n - 1}.output + 1 }` })]),
  );
  const blueprint = await app.publish({ name: 'long', nodes, output: '${ nodes.n39.output }' });
  const ids = await Promise.all(Array.from({ length: 5 }, () => app.start(blueprint)));
  const outcomes = Promise.all(ids.map((id) => app.finish(id)));
  for (const purpose of ['iceos journal', 'iceos heartbeat', 'iceos journal', 'iceos'])
    await database.cutConnections(purpose);
  expect((await outcomes).map(({ output }) => output)).toEqual([39, 39, 39, 39, 39]);
  expect(await auditJournal(database.database)).toEqual(allSucceeded(5));
});

describe('a bug in an executor', () => {
  const bug = (): never => {
    throw new Error('a bug of ours');
  };

  test('of a pure kind puts the execution aside, takes nobody down, and leaves it to be canceled', async () => {
    const app = await open({
      executors: (executors) => ({
        ...scripted(() => 1)(executors),
        transform: {
          effect: false,
          begin: (node, context) => (node.name === 'buggy' ? bug() : executors.transform.begin(node, context)),
        },
      }),
    });
    const sound = await app.publish(chain);
    const id = await app.start(
      await app.publish({ name: 'buggy', nodes: { work: code(), buggy: transform('${ nodes.work.output }') } }),
    );
    const [others] = await Promise.all([
      Promise.all([1, 2, 3].map(async () => app.finish(await app.start(sound)))),
      untilParked(database, id),
    ]);
    expect(others.map(({ output }) => output)).toEqual([1, 1, 1]);
    expect((await leaseOf(database, id)).dueAt).toBeGreaterThan(Date.now() + 30_000);
    expect(app.log.filter((line) => line.includes('a bug of ours'))).toHaveLength(5);
    await app.cancel(id);
    expect((await app.finish(id)).end).toBe('executionCanceled');
  });

  test('in the first turn is told to whoever starts it, and stores nothing', async () => {
    const app = await open({ executors: (executors) => ({ ...executors, loop: { effect: false, begin: bug } }) });
    const blueprintId = await app.publish({ name: 'buggy', nodes: { l: { kind: 'loop', items: [], output: 1 } } });
    const start = app.useCases.executions.startExecution(author, { blueprintId, input: {} });
    await expect(start).rejects.toThrow('a bug of ours');
    expect(await auditJournal(database.database)).toMatchObject({ executions: 0 });
    expect(app.running).toBe(0);
  });

  test('of a kind with effects fails the attempt', async () => {
    const app = await open({ executors: (executors) => ({ ...executors, code: { effect: true, run: bug } }) });
    const outcome = await app.run(chain);
    expect(outcome.failure).toMatchObject({ reason: 'threw', path: 'work' });
    expect(outcome.failure?.message).toBe('The attempt could not be carried out: a bug of ours');
  });
});
