import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExecutionId } from '../../../src/core/ids.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { publish, start } from '../../support/client.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { startModelServer, type Behaviour, type ModelServer } from '../../support/model-server.ts';
import { makeKey, startServerProcess } from '../../support/server-process.ts';
import { until } from '../../support/until.ts';

const usage = { inputTokens: 40, cachedInputTokens: 10, cacheWriteTokens: 0, outputTokens: 7, reasoningTokens: 3 };
/** 30 of the input, 10 of the cache, 7 of the output at the prices below, rounded upwards. */
const COST = 30 * 2 + 10 * 1 + 7 * 10;
const says = (text: string, more: object = {}): Behaviour => ({
  kind: 'says',
  said: { pieces: text.match(/.{1,4}/gs) ?? [], usage, ...more },
});
const overloaded: Behaviour = { kind: 'status', status: 503, headers: { 'retry-after-ms': '1' } };

describe('llm nodes', () => {
  let database: ServerTestDatabase;
  let server: ModelServer;
  let app: TestApp;
  let folder: string;
  let configFile: string;
  let behaviours: ((index: number) => Behaviour) | undefined;
  let asked = 0;
  let asks = 0;

  beforeAll(async () => {
    database = await openTestDatabase();
    server = await startModelServer('openai-compatible', () => behaviours?.(asked++) ?? says('Hello, Ada.'));
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-models-'));
    configFile = path.join(folder, 'iceos.config.ts');
    await writeFile(configFile, configOf(server.baseUrl));
    app = await startTestApp({ databaseUrl: database.url, environment: { ICEOS_CONFIG: configFile } });
  });
  afterAll(async () => {
    await app.close();
    await server.close();
    await database.close();
    await rm(folder, { recursive: true });
  });

  /** The provider answers as given, from the first call of what is done next on. */
  function behave(...inOrder: readonly Behaviour[]): void {
    asked = 0;
    behaviours = (index) => inOrder[index] ?? inOrder.at(-1) ?? overloaded;
  }

  const rowsOf = async (text: string, values: unknown[] = []): Promise<readonly unknown[]> =>
    (await database.database.query({ text, values })).rows;
  const ledger = (id: ExecutionId) =>
    rowsOf(
      'select call, model, cost_usd_micros, input_tokens, output_tokens, usage_source from ledger where execution_id = $1 order by call',
      [id],
    );
  const held = () => rowsOf('select 1 from reservations');
  const ask = (more: object = {}, document: object = {}) => ({
    name: `ask-${(asks += 1)}`,
    nodes: { ask: { kind: 'llm', model: 'main', system: 'Be kind.', prompt: 'Greet ${ input.name }.', ...more } },
    output: '${ nodes.ask.output }',
    ...document,
  });

  it('asks the model, and answers with its text, its usage and what it cost', async () => {
    behave(says('Hello, Ada.'));
    const outcome = await app.run(ask(), { name: 'Ada' });
    expect(outcome.output).toEqual({ text: 'Hello, Ada.', finish: 'stop', model: 'main' });
    expect(server.asked.at(-1)?.body).toMatchObject({
      model: 'main-1',
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Greet Ada.' },
      ],
      max_tokens: 500,
    });
    const succeeded = outcome.events.find(({ type }) => type === 'attemptSucceeded');
    expect(succeeded).toMatchObject({ usage: { inputTokens: 40, outputTokens: 7, costUsdMicros: COST } });
    expect(await ledger(outcome.id)).toEqual([
      {
        call: 0,
        model: 'main',
        cost_usd_micros: String(COST),
        input_tokens: '40',
        output_tokens: '7',
        usage_source: 0,
      },
    ]);
    expect(await held()).toEqual([]);
  });

  it('reads JSON that fits a schema, and fails where it does not', async () => {
    const outputSchema = { type: 'object', properties: { sure: { type: 'integer' } }, required: ['sure'] };
    behave(says('{"sure": 9}'));
    expect(await app.run(ask({ outputSchema }), { name: 'Ada' })).toMatchObject({ output: { json: { sure: 9 } } });
    behave(says('{"sure": "very"}'));
    expect((await app.run(ask({ outputSchema }), { name: 'Ada' })).failure).toMatchObject({
      reason: 'badOutput',
      message: expect.stringMatching(/"outputSchema" forbids: \/sure/),
      retryable: true,
    });
    behave(says('{"sure"', { finish: 'length' }), says('{"sure": 1}'));
    const retry = { attempts: 2, delayMs: 1 };
    const again = await app.run(ask({ outputSchema, retry }), { name: 'Ada' });
    expect(again.output).toMatchObject({ json: { sure: 1 } });
    expect(await ledger(again.id)).toHaveLength(2);
  });

  it('asks again after what may pass, and charges what was billed', async () => {
    behave(overloaded, overloaded, says('At last.'));
    const outcome = await app.run(ask(), { name: 'Ada' });
    expect(outcome.output).toMatchObject({ text: 'At last.' });
    expect(await ledger(outcome.id)).toMatchObject([{ call: 2, usage_source: 0 }]);
    expect(await held()).toEqual([]);
  });

  it('falls back to another model, and says which answered', async () => {
    behave(overloaded, overloaded, overloaded, says('I am the other one.'));
    const outcome = await app.run(ask(), { name: 'Ada' });
    expect(outcome.output).toEqual({ text: 'I am the other one.', finish: 'stop', model: 'other' });
    expect(await ledger(outcome.id)).toMatchObject([{ model: 'other' }]);
  });

  it('fails where nobody answers, and where the provider refuses', async () => {
    behave(overloaded);
    expect((await app.run(ask(), { name: 'Ada' })).failure).toMatchObject({
      reason: 'modelUnavailable',
      retryable: true,
    });
    behave({ kind: 'status', status: 401, body: '{"error":{"message":"no such key"}}' });
    expect((await app.run(ask(), { name: 'Ada' })).failure).toMatchObject({
      reason: 'modelRefused',
      message: expect.stringContaining('no such key'),
      retryable: false,
    });
    expect(await held()).toEqual([]);
  });

  it('does not make a call for which the budget has no room', async () => {
    behave(says('Never said.'));
    const before = server.asked.length;
    const outcome = await app.run(ask({}, { budget: { maxCostUsdMicros: 100 } }), { name: 'Ada' });
    expect(outcome.failure).toMatchObject({
      reason: 'budgetExceeded',
      message: expect.stringMatching(/may cost \d+ micro-dollars, and 100 of the budget's 100 are left/),
    });
    expect(server.asked.length).toBe(before);
  });

  it('charges what was cut off as it was reserved, and says that it is an estimate', async () => {
    behave({ kind: 'cut', said: { pieces: ['Hel', 'lo'], usage }, after: 2 });
    const outcome = await app.run(ask(), { name: 'Ada' });
    expect(outcome.failure).toMatchObject({ reason: 'modelUnavailable', retryable: true });
    expect(await ledger(outcome.id)).toMatchObject([{ output_tokens: '500', usage_source: 1 }]);
    expect(await held()).toEqual([]);
  });

  it('charges as it was reserved where the provider says only zeros', async () => {
    behave(says('Hello.', { usage: { ...usage, inputTokens: 0, cachedInputTokens: 0 } }));
    const outcome = await app.run(ask(), { name: 'Ada' });
    expect(outcome.output).toMatchObject({ text: 'Hello.' });
    expect(await ledger(outcome.id)).toMatchObject([{ output_tokens: '500', usage_source: 1 }]);
  });

  it('does not wait for long, nor hurry, where the provider asks for a long wait', async () => {
    behave({ kind: 'status', status: 429, headers: { 'retry-after': '120' } }, says('Too soon.'));
    const { failure } = await app.run(ask({ model: 'small' }), { name: 'Ada' });
    expect(failure).toMatchObject({ reason: 'modelUnavailable', retryable: true });
    expect(asked).toBe(1);
  });

  it('does not send what is larger than the model takes', async () => {
    behave(says('Never said.'));
    const { failure } = await app.run(ask({ model: 'small' }), { name: 'x'.repeat(1_000) });
    expect(failure).toMatchObject({
      reason: 'limitReached',
      message: expect.stringContaining('larger than 1000 bytes (maxInputBytes)'),
    });
    expect(asked).toBe(0);
  });

  it('holds nothing of the budget for calls that wait for their turn', async () => {
    behave({ kind: 'silent' });
    const llm = { kind: 'llm', model: 'narrow', prompt: 'x' };
    const id = await app.start(await app.publish({ name: 'queue', nodes: { a: llm, b: llm, c: llm } }));
    await until(async () => (await held()).length > 0, 5_000, 'one call is made');
    await app.follow(id, ({ type, ...event }) => type === 'attemptStarted' && 'path' in event && event.path === 'c');
    expect(await held()).toHaveLength(1);
    await app.cancel(id);
    expect((await app.finish(id)).end).toBe('executionCanceled');
    expect(await ledger(id)).toHaveLength(1);
    expect(await held()).toEqual([]);
  });

  it('counts what a call was charged whose process is gone, and makes it again', async () => {
    behave({ kind: 'silent' }, says('At last.'));
    const environment = { ICEOS_CONFIG: configFile, ICEOS_LEASE_MS: '3000', ICEOS_HEARTBEAT_MS: '500' };
    const key = await makeKey(database.stores);
    const other = await startServerProcess({
      databaseUrl: database.url,
      environment: { ...environment, ICEOS_KILL_GRACE_MS: '1000', ICEOS_SANDBOX: 'development' },
    });
    const address = { url: other.url, key };
    const id = await start(address, await publish(address, ask()), { name: 'Ada' });
    await until(() => Promise.resolve(asked === 1), 10_000, 'the call is made');
    await other.kill();
    const execution = ExecutionId.parse(Buffer.from(id, 'base64url').toString('utf8').split(':')[1]);
    const outcome = await app.finish(execution);
    expect(outcome.output).toMatchObject({ text: 'At last.' });
    const abandoned = outcome.events.find(({ type }) => type === 'attemptAbandoned');
    expect(abandoned).toMatchObject({ cause: 'ownerDied', usage: { outputTokens: 500 } });
    expect(await ledger(execution)).toMatchObject([
      { output_tokens: '500', usage_source: 1 },
      { output_tokens: '7', usage_source: 0 },
    ]);
    expect(await held()).toEqual([]);
  });

  it('ends the call when it is canceled, and settles it first', async () => {
    behave({ kind: 'silent' });
    const { abandoned } = server;
    const id = await app.start(await app.publish(ask()), { name: 'Ada' });
    await until(async () => (await held()).length === 1, 5_000, 'the call is made');
    await app.cancel(id);
    expect((await app.finish(id)).end).toBe('executionCanceled');
    expect(await ledger(id)).toMatchObject([{ usage_source: 1 }]);
    await until(() => Promise.resolve(server.abandoned > abandoned), 5_000, 'the connection is ended');
  });

  it('ends a call after the limit of its node', async () => {
    behave({ kind: 'silent' });
    expect((await app.run(ask({ limits: { timeoutMs: 100 } }), { name: 'Ada' })).failure).toMatchObject({
      reason: 'timedOut',
      message: expect.stringContaining('within 100 ms'),
    });
    expect(await held()).toEqual([]);
  });

  it('says of a call that waited for its turn until the end that nothing was sent', async () => {
    behave(says('Once.'));
    expect((await app.run(ask({ model: 'slow' }), { name: 'Ada' })).end).toBe('executionSucceeded');
    const { id, failure } = await app.run(ask({ model: 'slow', limits: { timeoutMs: 100 } }), { name: 'Ada' });
    expect(failure).toMatchObject({
      reason: 'timedOut',
      message: expect.stringMatching(/was not asked within 100 ms .* requestsPerMinute.* nothing was sent/) as string,
    });
    expect(asked).toBe(1);
    expect([await ledger(id), await held()]).toEqual([[], []]);
  });

  it('are refused before a run when their model is none, or nothing is asked', async () => {
    const publish = (more: object) => app.publish({ ...ask(), nodes: { ask: { kind: 'llm', ...more } } });
    await expect(publish({ model: 'mian', prompt: 'x' })).rejects.toThrow(/Did you mean \\"main\\"/);
    await expect(publish({ model: 'vectors', prompt: 'x' })).rejects.toThrow(/makes vectors and no text/);
    await expect(publish({ model: 'main' })).rejects.toThrow(/asks nothing/);
    await expect(publish({ model: 'main', prompt: 'x', messages: [] })).rejects.toThrow(/Leave one of them out/);
  });
});

const configOf = (baseUrl: string): string => `
import { defineConfig } from 'iceos';
const price = [{ from: '2020-01-01', rates: { inputUsdMicros: 2_000_000n, cachedInputUsdMicros: 1_000_000n, outputUsdMicros: 10_000_000n } }];
export default defineConfig({
  providers: {
    local: { protocol: 'openai-compatible', baseUrl: '${baseUrl}' },
    narrow: { protocol: 'openai-compatible', baseUrl: '${baseUrl}', concurrency: 1 },
    slow: { protocol: 'openai-compatible', baseUrl: '${baseUrl}', requestsPerMinute: 1 },
  },
  models: {
    main: { provider: 'local', model: 'main-1', price, maxOutputTokens: 500, fallbacks: ['other'] },
    other: { provider: 'local', price, maxOutputTokens: 500, retries: 0 },
    small: { provider: 'local', price, maxInputBytes: 1000 },
    narrow: { provider: 'narrow', price, maxOutputTokens: 500 },
    slow: { provider: 'slow', price, maxOutputTokens: 500 },
    vectors: { provider: 'local', kind: 'embedding', dimensions: 3, price: 'free' },
  },
});
`;
