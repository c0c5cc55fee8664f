import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { ExecutionId } from '../../../src/core/ids.ts';
import { decodeGlobalId, encodeGlobalId } from '../../../src/gateway/global-id.ts';
import { EMPTY_POLICY } from '../../../src/blueprint/tenant-policy.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { postGraphQL } from '../../support/gateway.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { startTraceCollector, type CollectedSpan, type TraceCollector } from '../../support/trace-collector.ts';

const BAIT = 'bait-6f1d0a77';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CLIENT_SPAN = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE_ID}-${CLIENT_SPAN}-01`;

const usage = { inputTokens: 4, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 2, reasoningTokens: 0 };
const blueprint = {
  name: 'asks',
  nodes: {
    ask: { kind: 'llm', model: 'main', system: `${BAIT}-system`, prompt: 'Greet ${ input.name }.' },
    run: { kind: 'code', source: 'return input;', input: { text: '${ nodes.ask.output.text }' } },
  },
  output: '${ nodes.run.output }',
};

let database: ServerTestDatabase;
let collector: TraceCollector;
let models: ModelServer;
let folder: string;
let apps: TestApp[];

beforeEach(async () => {
  apps = [];
  database = await openTestDatabase();
  collector = await startTraceCollector();
  models = await startModelServer('openai-compatible', () => ({
    kind: 'says',
    said: { pieces: [`${BAIT}-said`], usage },
  }));
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-traces-'));
  await writeFile(
    path.join(folder, 'iceos.config.ts'),
    `import { defineConfig } from 'iceos';
    export default defineConfig({
      providers: { local: { protocol: 'openai-compatible', baseUrl: '${models.baseUrl}', apiKey: '${BAIT}-key' } },
      models: { main: { provider: 'local', model: 'main-1', price: 'free' } },
    });`,
  );
});
afterEach(async () => {
  await closeApps();
  await Promise.all([models.close(), collector.close(), database.close(), rm(folder, { recursive: true })]);
});

async function open(more: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const app = await startTestApp({
    databaseUrl: database.url,
    environment: {
      ICEOS_CONFIG: path.join(folder, 'iceos.config.ts'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      ...more,
    },
  });
  apps.push(app);
  return app;
}

/** What is left is handed over by then. */
const closeApps = async (): Promise<void> => {
  for (const app of apps.splice(0)) await app.close();
};

const START = `mutation Start($input: StartExecutionInput!) {
  startExecution(input: $input) { ... on StartExecutionSuccess { execution { id } } ... on Error { message } } }`;

/** The same over a socket, where the operation carries the trace. */
async function startOverSocket(app: TestApp): Promise<ExecutionId> {
  const { key, blueprintId } = await prepare(app);
  const url = `${app.url?.replace('http', 'ws') ?? ''}/graphql`;
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${key}` } });
  const operation = { query: START, variables: variablesOf(blueprintId), extensions: { traceparent: TRACEPARENT } };
  const { value } = await client.iterate(operation).next();
  await client.dispose();
  return startedIn(value);
}

const variablesOf = (blueprintId: string): Record<string, unknown> => ({
  input: { blueprintId, input: { name: `${BAIT}-name` } },
});

async function prepare(app: TestApp): Promise<{ readonly key: string; readonly blueprintId: string }> {
  const key = (await app.ensureFirstApiKey())?.key ?? '';
  return { key, blueprintId: encodeGlobalId('Blueprint', await app.publish(blueprint)) };
}

const Started = z.object({
  data: z.object({ startExecution: z.object({ execution: z.object({ id: z.string() }) }) }),
});
const startedIn = (answer: unknown): ExecutionId =>
  ExecutionId.parse(decodeGlobalId(Started.parse(answer).data.startExecution.execution.id).id);

/** Starts an execution as a client does that is traced itself. */
async function startTraced(app: TestApp): Promise<ExecutionId> {
  const { key, blueprintId } = await prepare(app);
  const headers = { authorization: `Bearer ${key}`, traceparent: TRACEPARENT };
  const response = await postGraphQL(app.url ?? '', { query: START, variables: variablesOf(blueprintId) }, headers);
  return startedIn(await response.json());
}

function one(name: string, has: (span: CollectedSpan) => boolean = () => true): CollectedSpan {
  const found = collector.spans.filter((span) => span.traceId === TRACE_ID && span.name === name && has(span));
  expect([name, found.length]).toEqual([name, 1]);
  return found[0] ?? expect.unreachable();
}

/** Whether `node` is an attribute's value. */
const says = (key: string, value: string) => (span: CollectedSpan) =>
  span.attributes.some((attribute) => attribute.key === key && attribute.value['stringValue'] === value);

describe('a start that is traced', () => {
  it('is one trace with its execution, its attempts and their calls, which goes out to the model too', async () => {
    const app = await open();
    const outcome = await app.finish(await startTraced(app));
    expect(outcome.output).toEqual({ text: `${BAIT}-said` });
    await closeApps();
    const operation = one('graphql mutation');
    const execution = one('execution');
    const ask = one('attempt', says('iceos.path', 'ask'));
    const run = one('attempt', says('iceos.path', 'run'));
    const call = one('model call');
    expect(operation.parentSpanId).toBe(CLIENT_SPAN);
    expect(execution.parentSpanId).toBe(operation.spanId);
    expect([ask.parentSpanId, run.parentSpanId]).toEqual([execution.spanId, execution.spanId]);
    expect(call.parentSpanId).toBe(ask.spanId);
    expect(one('sandbox call').parentSpanId).toBe(run.spanId);
    expect(models.asked.map(({ headers }) => headers['traceparent'])).toEqual([`00-${TRACE_ID}-${call.spanId}-01`]);
    expect(collector.spans.filter(({ name }) => name === 'journal commit').length).toBeGreaterThan(0);
    for (const [what, span] of Object.entries({ execution, ask, run }))
      expect([what, says('iceos.execution_id', outcome.id)(span)]).toEqual([what, true]);
  });

  it('hands over no input, output, query, prompt or key', async () => {
    const app = await open();
    await app.finish(await startTraced(app));
    await closeApps();
    expect(collector.spans.length).toBeGreaterThan(5);
    expect(collector.said()).not.toContain('bait');
    expect(collector.said()).not.toContain('startExecution');
    expect(collector.said()).not.toMatch(/ice_[A-Za-z0-9]/);
  });

  it('goes on in what a tool asks for', async () => {
    const { host } = new URL(models.baseUrl);
    const app = await open({ ICEOS_EGRESS_PRIVATE_HOSTS: host });
    const { policies } = app.useCases;
    const policy = { ...EMPTY_POLICY, hosts: [host] };
    const { version: expectedVersion } = await policies.getPolicy(author);
    expect((await policies.updatePolicy(author, { expectedVersion, policy })).ok).toBe(true);
    const input = { url: `${models.baseUrl}/elsewhere`, method: 'POST', json: {}, failOnStatus: false };
    const fetch = { kind: 'tool', tool: 'http.request', input, grants: { hosts: [host] } };
    await app.run({ name: 'fetches', nodes: { fetch } });
    await closeApps();
    const call = collector.spans.find(({ name }) => name === 'sandbox call');
    const [asked] = models.asked;
    expect(asked?.headers['traceparent']).toBe(`00-${call?.traceId}-${call?.spanId}-01`);
  });

  it('stays one trace where another process carries the execution', async () => {
    const gateway = await open({ ICEOS_ROLE: 'gateway' });
    await open({ ICEOS_ROLE: 'orchestrator' });
    await gateway.finish(await startOverSocket(gateway));
    await closeApps();
    const execution = one('execution');
    const operation = one('graphql mutation');
    expect([operation.parentSpanId, execution.parentSpanId]).toEqual([CLIENT_SPAN, operation.spanId]);
    expect(one('attempt', says('iceos.path', 'ask')).parentSpanId).toBe(execution.spanId);
  });

  it('has a request over plain HTTP and the begin of a subscription beside it', async () => {
    const app = await open();
    const { key } = await prepare(app);
    const headers = { authorization: `Bearer ${key}`, traceparent: TRACEPARENT };
    const { url = '' } = app;
    expect((await fetch(`${url}/api/v1/blueprints/${encodeGlobalId('Blueprint', TRACE_ID)}`, { headers })).status).toBe(
      404,
    );
    const query = `subscription ($id: ID!) { executionEvents(executionId: $id) { __typename } }`;
    const variables = { id: encodeGlobalId('Execution', TRACE_ID) };
    const stream = await postGraphQL(url, { query, variables }, { ...headers, accept: 'text/event-stream' });
    await stream.text();
    await closeApps();
    for (const name of ['GET /api/v1/blueprints/{id}', 'graphql subscription'])
      expect([name, one(name).parentSpanId]).toEqual([name, CLIENT_SPAN]);
  });

  it('runs and ends as ever where nobody collects any more', async () => {
    const app = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect(await app.finish(await startTraced(app))).toMatchObject({ end: 'executionSucceeded' });
    const closedAt = performance.now();
    await closeApps();
    expect(performance.now() - closedAt).toBeLessThan(15_000);
  });
});

describe('OpenTelemetry', () => {
  /** The chunks of the program that a server loads until it is closed. */
  async function chunksOf(environment: Readonly<Record<string, string>>): Promise<string> {
    const coverage = await mkdtemp(path.join(folder, 'loaded-'));
    const server = await startServerProcess({
      databaseUrl: database.url,
      environment: { NODE_V8_COVERAGE: coverage, ...environment },
    });
    await server.close();
    const files = await Promise.all(
      (await readdir(coverage)).map((file) => readFile(path.join(coverage, file), 'utf8')),
    );
    return files.flatMap((text) => text.match(/chunks\/[\w-]+\.js/g) ?? []).join(' ');
  }

  it('is loaded where traces are collected, and not where nobody asks', async () => {
    expect(await chunksOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint })).toContain('chunks/open-telemetry-');
    const chunks = await chunksOf({});
    expect(chunks).toContain('chunks/serve-');
    expect(chunks).not.toContain('chunks/open-telemetry-');
  });
});
