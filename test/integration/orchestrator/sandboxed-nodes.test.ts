import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCallTool } from '../../../src/orchestrator/call-tool.ts';
import { createToolExecutor } from '../../../src/orchestrator/executors/tool-executor.ts';
import { validateAgainstSchema } from '../../../src/blueprint/validate-against-schema.ts';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { someReceipt } from '../../support/sandbox.ts';
import { eventsOfType, startTestApp, type TestApp } from '../../support/app.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { newExecutionId, RUNNING } from '../../support/journal.ts';

describe('code and tools in real workers', () => {
  let database: ServerTestDatabase;
  let app: TestApp;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-attempts-'));
    database = await openTestDatabase();
    // Confined code could not count its calls in a file.
    app = await startTestApp({ databaseUrl: database.url, environment: { ICEOS_SANDBOX: 'development' } });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Throws until it was called that often; the calls are counted in a file, as each one has a process of its own. */
  const succeedsAt = (name: string, call: number): string => `
    const { appendFile, readFile } = await import('node:fs/promises');
    const file = ${JSON.stringify(path.join(folder, name))};
    await appendFile(file, 'x');
    const calls = (await readFile(file, 'utf8')).length;
    if (calls < ${call}) throw new Error('call ' + calls + ' is too early');
    return calls;`;

  test('a failed attempt is tried again after a growing delay, until one succeeds', async () => {
    const retry = { attempts: 3, delayMs: 40, backoff: 'exponential', jitter: 0 };
    const outcome = await app.run({
      name: 'retried',
      nodes: { flaky: { kind: 'code', source: succeedsAt('flaky', 3), retry } },
      output: '${ nodes.flaky.output }',
    });
    expect(outcome).toMatchObject({ end: 'executionSucceeded', output: 3 });
    const failed = eventsOfType(outcome.events, 'attemptFailed');
    expect(failed.map(({ attempt, at, retryAt = 0, failure }) => [attempt, retryAt - at, failure.message])).toEqual([
      [1, 40, 'Error: call 1 is too early (line 6, column 26)'],
      [2, 80, 'Error: call 2 is too early (line 6, column 26)'],
    ]);
    const started = eventsOfType(outcome.events, 'attemptStarted');
    expect(started.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    for (const [index, { retryAt = 0 }] of failed.entries()) {
      expect(started[index + 1]?.at).toBeGreaterThanOrEqual(retryAt);
    }
  });

  test('when the attempts are used up the node fails, and the execution with it', async () => {
    const retry = { attempts: 2, delayMs: 1 };
    const outcome = await app.run({
      name: 'used-up',
      nodes: { flaky: { kind: 'code', source: succeedsAt('never', 99), retry } },
    });
    expect(outcome.failure).toMatchObject({
      reason: 'threw',
      message: expect.stringContaining('call 2 is too early'),
      path: 'flaky',
    });
    expect(eventsOfType(outcome.events, 'attemptFailed').map(({ retryAt }) => retryAt !== undefined)).toEqual([
      true,
      false,
    ]);
  });

  test('an attempt that takes too long is stopped', async () => {
    const outcome = await app.run({
      name: 'too-long',
      nodes: {
        slow: {
          kind: 'code',
          source: 'await new Promise(() => setInterval(() => {}, 1000));',
          limits: { timeoutMs: 300 },
        },
      },
    });
    expect(outcome.failure).toMatchObject({ reason: 'timedOut', retryable: true, path: 'slow' });
    const [failed] = eventsOfType(outcome.events, 'attemptFailed');
    expect(failed?.receipt).toMatchObject({ outcome: 'timedOut', limits: { timeoutMs: 300, cpuMs: 600 } });
    expect(failed?.receipt?.wallMs).toBeGreaterThanOrEqual(250);
  });

  test('an input that does not fit the tool is refused, and never tried again', async () => {
    const outcome = await app.run(
      {
        name: 'wrong-input',
        input: { type: 'object' },
        nodes: {
          digest: { kind: 'tool', tool: 'hash.digest', input: '${ input.given }', retry: { attempts: 3, delayMs: 1 } },
        },
      },
      { given: { text: 7 } },
    );
    expect(outcome.failure).toMatchObject({ reason: 'threw', retryable: false, path: 'digest' });
    expect(outcome.failure?.message).toMatch(/does not fit the tool "hash\.digest": .*text/);
    expect(eventsOfType(outcome.events, 'attemptStarted')).toHaveLength(1);
  });

  test('a tool that is not registered any more fails its node and says so', async () => {
    const source = JSON.stringify({ name: 'gone', nodes: { x: { kind: 'tool', tool: 'gone.away' } } });
    const created = await app.useCases.blueprints.createBlueprint(author, { source });
    if (!created.ok) throw new Error(created.error.message);
    const { id: blueprintId, version, fingerprint } = created.value;
    const id = newExecutionId();
    // As an older release with this tool has stored it.
    await database.stores.executions.start({
      id,
      tenant: DEFAULT_TENANT,
      blueprintId,
      blueprintVersion: version,
      projection: { ...RUNNING, status: 'pending' },
      idempotency: undefined,
      owner: undefined,
      events: [
        {
          type: 'executionRequested',
          sequence: 1,
          at: Date.now(),
          blueprintId,
          version,
          fingerprint,
          input: { inline: {} },
          requestedBy: 'test',
        },
      ],
    });
    const outcome = await app.finish(id);
    expect(outcome.failure).toMatchObject({ reason: 'toolUnavailable', path: 'x' });
    expect(outcome.failure?.message).toContain('"gone.away" is not registered');
  });
});

test('an output that its own schema forbids fails the node', async () => {
  const database = await openTestDatabase();
  const app = await startTestApp({
    databaseUrl: database.url,
    executors: (executors) => ({
      ...executors,
      tool: createToolExecutor(
        createCallTool({
          // A worker that answers what no built-in tool would.
          sandbox: {
            layer: 'development',
            run: () => Promise.resolve({ receipt: someReceipt(), outcome: { kind: 'succeeded', output: { text: 1 } } }),
            close: () => Promise.resolve(),
          },
          findTool: (name) => ({
            name,
            version: '1.0.0',
            description: '',
            folder: '/',
            entry: 'x.js',
            input: {},
            output: { type: 'object', properties: { text: { type: 'string' } } },
          }),
          grantsOf: () => Promise.resolve([]),
          validate: (schema, value) =>
            validateAgainstSchema(schema, value).map((issue) => `${issue.path}: ${issue.message}`),
        }),
      ),
    }),
  });
  const outcome = await app.run({
    name: 'wrong-output',
    nodes: { t: { kind: 'tool', tool: 'text.template', input: { template: 'x' } } },
  });
  expect(outcome.failure).toMatchObject({ reason: 'badOutput', path: 't' });
  expect(outcome.failure?.message).toMatch(/"text\.template" answered what its schema forbids: \/text/);
  expect(eventsOfType(outcome.events, 'attemptFailed')[0]?.receipt).toEqual(someReceipt());
  await app.close();
  await database.close();
});
