import { createClient, type Client } from 'graphql-ws';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { schema } from '../../../src/gateway/schema/index.ts';
import { slowChain } from '../../support/blueprints-that-wait.ts';
import { publish } from '../../support/client.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

const TOKEN = 'a-token-for-metrics';
let gateway: TestGateway;
let client: Client;
let blueprintId: string;
beforeAll(async () => {
  gateway = await startTestGateway({ settings: { metricsToken: TOKEN } });
  blueprintId = await publish(gateway, slowChain('slow', 1, 1));
  client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${gateway.key}` },
    retryAttempts: 0,
  });
});
afterAll(async () => {
  await client.dispose();
  await gateway.close();
});

async function openDocuments(authorization = `Bearer ${TOKEN}`): Promise<Record<string, string>> {
  const response = await fetch(`${gateway.url}/subscriptions`, { headers: { authorization } });
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(response.headers.get('x-left-out')).toBe('0');
  return z.record(z.string(), z.string()).parse(await response.json());
}

function listen(): () => void {
  const query = `query Other { viewer { subject } }
    subscription Mine { executions(filter: { blueprintId: "${blueprintId}" }) { left } }`;
  const sink = { next: () => undefined, error: () => undefined, complete: () => undefined };
  return client.subscribe({ query, operationName: 'Mine' }, sink);
}

it('shows whoever reads metrics what is open now, without what it is about', async () => {
  expect(await openDocuments()).toEqual({});
  const ends = [listen(), listen()];
  const leaving = new AbortController();
  const query = 'subscription { executions { changed { id } } }';
  await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${gateway.key}` },
    signal: leaving.signal,
  });
  await expect.poll(() => gateway.subscriptions).toBe(3);

  const [[most, mine], [fewer, other]] = z
    .tuple([z.tuple([z.string(), z.string()]), z.tuple([z.string(), z.string()])])
    .parse(Object.entries(await openDocuments()));
  expect([most, fewer]).toEqual([expect.stringMatching(/^2 open, [0-9a-f]{12}$/), expect.stringMatching(/^1 open, /)]);
  expect(mine).toContain('subscription Mine');
  expect(mine).not.toContain(blueprintId);
  expect(mine).not.toContain('Other');
  for (const text of [mine, other]) expect(validate(schema, parse(text))).toEqual([]);

  for (const end of ends) end();
  leaving.abort();
  await expect.poll(() => gateway.subscriptions).toBe(0);
  expect(await openDocuments()).toEqual({});
});

it('shows nobody else anything', async () => {
  const ask = (headers: Record<string, string>) => fetch(`${gateway.url}/subscriptions`, { headers });
  expect((await ask({})).status).toBe(403);
  expect((await ask({ authorization: `Bearer ${gateway.key}` })).status).toBe(403);
});
