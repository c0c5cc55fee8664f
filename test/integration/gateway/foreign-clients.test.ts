import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client as UrqlClient, fetchExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

const QUERY = '{ viewer { subject } }';
const MUTATION = `mutation Create($source: String!) {
  createBlueprint(input: { source: $source }) { ... on CreateBlueprintSuccess { blueprint { version } } }
}`;

let gateway: TestGateway;
let url: string;
let headers: Record<string, string>;
beforeAll(async () => {
  gateway = await startTestGateway();
  url = `${gateway.url}/graphql`;
  headers = { authorization: `Bearer ${gateway.key}` };
});
afterAll(() => gateway.close());

/** Runs a query and then a mutation as the documentation of the library says. */
type Ask = (variables: { source: string }) => Promise<readonly unknown[]>;

const graphqlWs: Ask = async (variables) => {
  const webSocketImpl = WebSocket;
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl, connectionParams: headers });
  const found: unknown[] = [];
  for await (const { data } of client.iterate({ query: QUERY })) found.push(data);
  for await (const { data } of client.iterate({ query: MUTATION, variables })) found.push(data);
  await client.dispose();
  return found;
};

const graphqlSse: Ask = async (variables) => {
  const client = createSseClient({ url, headers });
  const found: unknown[] = [];
  for await (const { data } of client.iterate({ query: QUERY })) found.push(data);
  for await (const { data } of client.iterate({ query: MUTATION, variables })) found.push(data);
  client.dispose();
  return found;
};

const urql: Ask = async (variables) => {
  const client = new UrqlClient({ url, exchanges: [fetchExchange], fetchOptions: { headers }, preferGetMethod: false });
  const { data: queried } = await client.query(QUERY, {}).toPromise();
  const { data: changed } = await client.mutation<unknown>(MUTATION, variables).toPromise();
  return [queried, changed];
};

const apollo: Ask = async (variables) => {
  const client = new ApolloClient({ link: new HttpLink({ uri: url, headers }), cache: new InMemoryCache() });
  const { data: queried } = await client.query({ query: gql(QUERY) });
  const { data: changed } = await client.mutate({ mutation: gql(MUTATION), variables });
  return [queried, changed];
};

describe('Clients as they are', () => {
  it.each([
    ['graphql-ws', graphqlWs],
    ['graphql-sse', graphqlSse],
    ['urql', urql],
    ['apollo', apollo],
  ] as const)('%s queries and changes', async (name, ask) => {
    const blueprint = { name: `by_${name.replace('-', '_')}`, nodes: {} };
    expect(await ask({ source: JSON.stringify(blueprint) })).toMatchObject([
      { viewer: { subject: 'test' } },
      { createBlueprint: { blueprint: { version: 1 } } },
    ]);
  });

  it('graphql-sse in single connection mode is told to use the other one, and nothing runs', async () => {
    const client = createSseClient({ url, headers, singleConnection: true, retryAttempts: 0 });
    const variables = { source: JSON.stringify({ name: 'single', nodes: {} }) };
    await expect(client.iterate({ query: MUTATION, variables }).next()).rejects.toThrow(/405/);
    client.dispose();
    const reserved = await fetch(url, { method: 'PUT', headers: { ...headers, 'x-graphql-event-stream-token': '' } });
    expect([reserved.status, reserved.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect(await reserved.text()).toContain('distinct connections mode');
    expect((await gateway.run('{ blueprint(name: "single") { id } }')).data).toEqual({ blueprint: null });
  });
});
