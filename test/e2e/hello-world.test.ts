import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { blueprint, shape } from '../../src/builder/index.ts';
import type { Address } from '../support/client.ts';
import { publish } from '../support/client.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { ask, makeKey, startServerProcess, type ServerProcess } from '../support/server-process.ts';

const hello = blueprint('hello-world')
  .input({ type: 'object', properties: { name: { type: 'string' } }, required: ['name'] })
  .tool('greet', 'text.template', ({ input }) => ({ template: 'Hello, {name}!', name: input.name }))
  .code('count', {
    source: 'return { letters: input.text.length };',
    input: ({ nodes }) => ({ text: nodes.greet.output.text }),
    returns: shape<{ letters: number }>(),
  })
  .output(({ nodes }) => ({ greeting: nodes.greet.output.text, letters: nodes.count.output.letters }))
  .build();

const EVENT = `sequence at type cursor ... on NodeEvent { path }
  ... on AttemptSucceeded { attempt output } ... on ExecutionSucceeded { output }`;
const SUBSCRIPTION = `subscription ($id: ID!, $after: String) { executionEvents(executionId: $id, after: $after) {
  __typename ... on ExecutionSnapshot { cursor } ... on ExecutionEvents { cursor events { ${EVENT} } } ... on Error { message } } }`;
const PAGE = `query ($id: ID!, $after: String) { node(id: $id) { ... on Execution { events(first: 3, after: $after) {
  edges { cursor node { ${EVENT} } } pageInfo { hasNextPage endCursor } } } } }`;

const Event = z.looseObject({ sequence: z.number(), type: z.string(), cursor: z.string() });
type Event = z.infer<typeof Event>;
const Message = z.object({
  data: z.object({
    executionEvents: z.discriminatedUnion('__typename', [
      z.object({ __typename: z.literal('ExecutionEvents'), cursor: z.string(), events: z.array(Event) }),
      z.object({ __typename: z.literal('ExecutionSnapshot'), cursor: z.string() }),
    ]),
  }),
  extensions: z.looseObject({ cursor: z.string() }),
});
const Page = z.object({
  node: z.object({
    events: z.object({
      edges: z.array(z.object({ cursor: z.string(), node: Event })),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    }),
  }),
});

interface Watched {
  readonly id: string;
  readonly startCursor: string;
}

function eventsOf(result: unknown): readonly Event[] {
  const { data, extensions } = Message.parse(result);
  const message = data.executionEvents;
  // Each message says where it brings its reader.
  expect(extensions.cursor).toBe(message.cursor);
  if (message.__typename === 'ExecutionSnapshot') return [];
  expect(message.events.at(-1)?.cursor).toBe(message.cursor);
  return message.events;
}

/** Collects what a client of a subscription is given until the server completes it. */
const collect = (
  subscribe: (sink: { next(result: unknown): void; error(error: unknown): void; complete(): void }) => unknown,
): Promise<readonly Event[]> =>
  new Promise((resolve, reject) => {
    const seen: Event[] = [];
    subscribe({
      next: (result) => seen.push(...eventsOf(result)),
      error: (error) => reject(new Error('The stream ended with an error.', { cause: error })),
      complete: () => resolve(seen),
    });
  });

async function followByWebSocket({ url, key }: Address, { id, startCursor }: Watched): Promise<readonly Event[]> {
  const client = createWsClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
  });
  const operation = { query: SUBSCRIPTION, variables: { id, after: startCursor } };
  const seen = await collect((sink) => client.subscribe(operation, sink));
  await client.dispose();
  return seen;
}

async function followByServerSentEvents(
  { url, key }: Address,
  { id, startCursor }: Watched,
): Promise<readonly Event[]> {
  const client = createSseClient({ url: `${url}/graphql`, headers: { authorization: `Bearer ${key}` } });
  const operation = { query: SUBSCRIPTION, variables: { id, after: startCursor } };
  const seen = await collect((sink) => client.subscribe(operation, sink));
  client.dispose();
  return seen;
}

/** Asks for page after page, again from where it was, until the last event is there. */
async function followByQueries(address: Address, { id }: Watched): Promise<readonly Event[]> {
  const seen: Event[] = [];
  let after: string | null = null;
  while (seen.at(-1)?.type !== 'EXECUTION_SUCCEEDED') {
    const variables: Record<string, unknown> = { id, after };
    const { node } = await ask(address, PAGE, { variables, schema: Page });
    for (const { cursor, node: event } of node.events.edges) {
      expect(cursor).toBe(event.cursor);
      seen.push(event);
    }
    after = node.events.pageInfo.endCursor ?? after;
  }
  return seen;
}

describe('hello world', () => {
  let database: ServerTestDatabase;
  let server: ServerProcess;
  let address: Address;
  beforeAll(async () => {
    database = await openTestDatabase();
    const key = await makeKey(database.stores);
    server = await startServerProcess({ databaseUrl: database.url });
    address = { url: server.url, key };
  });
  afterAll(async () => {
    await server.close();
    await database.close();
  });

  async function startHello(): Promise<Watched> {
    const blueprintId = await publish(address, hello);
    const schema = z.object({
      startExecution: z.object({ execution: z.object({ id: z.string(), startCursor: z.string() }) }),
    });
    const { startExecution } = await ask(
      address,
      `mutation ($input: StartExecutionInput!) { startExecution(input: $input) {
        ... on StartExecutionSuccess { execution { id startCursor } } ... on Error { message } } }`,
      { variables: { input: { blueprintId, input: { name: 'Ada' } } }, schema },
    );
    return startExecution.execution;
  }

  it('written with the DSL and started over GraphQL is seen alike by WebSocket, server-sent events and queries', async () => {
    const watched = await startHello();
    const [byWebSocket, byServerSentEvents, byQueries] = await Promise.all([
      followByWebSocket(address, watched),
      followByServerSentEvents(address, watched),
      followByQueries(address, watched),
    ]);
    expect(byWebSocket.map(({ sequence, type, path }) => [sequence, type, path])).toEqual([
      [1, 'EXECUTION_REQUESTED', undefined],
      [2, 'EXECUTION_STARTED', undefined],
      [3, 'ATTEMPT_STARTED', 'greet'],
      [4, 'ATTEMPT_SUCCEEDED', 'greet'],
      [5, 'ATTEMPT_STARTED', 'count'],
      [6, 'ATTEMPT_SUCCEEDED', 'count'],
      [7, 'EXECUTION_SUCCEEDED', undefined],
    ]);
    expect(byWebSocket.at(-1)).toMatchObject({ output: { greeting: 'Hello, Ada!', letters: 11 } });
    expect(byServerSentEvents).toEqual(byWebSocket);
    expect(byQueries).toEqual(byWebSocket);
    // Whoever comes when all is over is told the same.
    expect(await followByServerSentEvents(address, watched)).toEqual(byWebSocket);
  });
});
