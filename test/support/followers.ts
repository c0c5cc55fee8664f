import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, subscriptionExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { resumableForApollo } from '../../src/client/apollo.ts';
import { resumable as resumableSse } from '../../src/client/graphql-sse.ts';
import { resumable } from '../../src/client/graphql-ws.ts';
import { forwardResumably } from '../../src/client/urql.ts';
import type { Address } from './client.ts';
import { runEventSource } from './event-source.ts';
import { postGraphQL } from './gateway.ts';

/** One event as every way to read it shows it. */
export interface SeenEvent {
  readonly sequence: number;
  readonly type: string;
}

/** Follows an execution from its start cursor to its end, through whatever happens to its connection. */
export type FollowToTheEnd = (
  address: Address,
  execution: { readonly id: string; readonly startCursor: string },
) => Promise<readonly SeenEvent[]>;

export const SUBSCRIPTION = `subscription Watch($id: ID!, $after: String) {
  executionEvents(executionId: $id, after: $after) {
    __typename
    ... on ExecutionEvents { events { sequence type } }
    ... on StreamLagged { resumeAfter }
    ... on Error { message }
  }
}`;

const Event = z.looseObject({ sequence: z.number(), type: z.string() });
const Message = z.object({
  executionEvents: z.discriminatedUnion('__typename', [
    z.looseObject({ __typename: z.literal('ExecutionEvents'), events: z.array(Event) }),
    z.looseObject({ __typename: z.literal('ExecutionSnapshot') }),
  ]),
});

export function eventsIn(data: unknown): readonly SeenEvent[] {
  const { executionEvents: message } = Message.parse(data);
  if (message.__typename === 'ExecutionSnapshot') return [];
  return message.events.map(({ sequence, type }) => ({ sequence, type }));
}

export const variablesOf = ({
  id,
  startCursor,
}: {
  readonly id: string;
  readonly startCursor: string;
}): { readonly id: string; readonly after: string } => ({ id, after: startCursor });

const wsClient = ({ url, key }: Address): Client =>
  createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: Infinity,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    shouldRetry: () => true,
  });

const graphqlWs: FollowToTheEnd = async (address, execution) => {
  const client = wsClient(address);
  const seen: SeenEvent[] = [];
  await new Promise<void>((complete, reject) => {
    resumable(client).subscribe(
      { query: SUBSCRIPTION, variables: variablesOf(execution) },
      { next: ({ data }) => seen.push(...eventsIn(data)), error: reject, complete },
    );
  });
  await client.dispose();
  return seen;
};

const graphqlSse: FollowToTheEnd = async ({ url, key }, execution) => {
  const client = createSseClient({
    url: `${url}/graphql`,
    headers: { authorization: `Bearer ${key}` },
    retryAttempts: Infinity,
    retry: () => new Promise((resolve) => setTimeout(resolve, 20)),
  });
  const seen: SeenEvent[] = [];
  await new Promise<void>((complete, reject) => {
    resumableSse(client).subscribe(
      { query: SUBSCRIPTION, variables: variablesOf(execution) },
      { next: ({ data }) => seen.push(...eventsIn(data)), error: reject, complete },
    );
  });
  client.dispose();
  return seen;
};

const eventSource: FollowToTheEnd = async (address, execution) => {
  const { data } = await runEventSource(address, { query: SUBSCRIPTION, variables: variablesOf(execution) });
  return data.flatMap((one) => eventsIn(z.object({ data: z.unknown() }).parse(one).data));
};

const urql: FollowToTheEnd = async (address, execution) => {
  const ws = wsClient(address);
  const client = new UrqlClient({
    url: `${address.url}/graphql`,
    exchanges: [subscriptionExchange({ forwardSubscription: forwardResumably(ws) })],
    preferGetMethod: false,
  });
  const seen: SeenEvent[] = [];
  await new Promise<void>((complete, reject) => {
    client.subscription(SUBSCRIPTION, variablesOf(execution)).subscribe(({ data, error, hasNext }) => {
      if (error) reject(error);
      // At the end urql shows the last result once more.
      else if (hasNext) seen.push(...eventsIn(data));
      else complete();
    });
  });
  await ws.dispose();
  return seen;
};

const apollo: FollowToTheEnd = async (address, execution) => {
  const ws = wsClient(address);
  const client = new ApolloClient({
    link: new GraphQLWsLink(resumableForApollo(ws)),
    cache: new InMemoryCache(),
  });
  const seen: SeenEvent[] = [];
  await new Promise<void>((complete, reject) => {
    client
      .subscribe({ query: gql(SUBSCRIPTION), variables: variablesOf(execution), fetchPolicy: 'no-cache' })
      .subscribe({
        next({ data, error }) {
          if (error) reject(new Error('Apollo was told of an error.', { cause: error }));
          else seen.push(...eventsIn(data));
        },
        error: reject,
        complete,
      });
  });
  client.stop();
  await ws.dispose();
  return seen;
};

const PAGE = `query Page($id: ID!, $after: String, $first: Int) {
  node(id: $id) { ... on Execution { status
    events(first: $first, after: $after) { edges { cursor node { sequence type } } pageInfo { hasNextPage endCursor } } } }
}`;
const Page = z.object({
  data: z.object({
    node: z.object({
      status: z.string(),
      events: z.object({
        edges: z.array(z.object({ cursor: z.string(), node: Event })),
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      }),
    }),
  }),
});

/** Reads pages of any size until the last event is among them; a broken request is asked again. */
const pages: FollowToTheEnd = async ({ url, key }, { id, startCursor }) => {
  const seen: SeenEvent[] = [];
  let after = startCursor;
  for (;;) {
    try {
      const variables = { id, after, first: 1 + Math.floor(Math.random() * 100) };
      const response = await postGraphQL(url, { query: PAGE, variables }, { authorization: `Bearer ${key}` });
      const { events } = Page.parse(await response.json()).data.node;
      for (const { node } of events.edges) {
        seen.push({ sequence: node.sequence, type: node.type });
        if (/^EXECUTION_(SUCCEEDED|FAILED|CANCELED)$/.test(node.type)) return seen;
      }
      after = events.pageInfo.endCursor ?? after;
    } catch (error) {
      if (error instanceof z.ZodError) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** Every way to read the events of an execution. */
export const FOLLOWERS: Readonly<Record<string, FollowToTheEnd>> = {
  'graphql-ws': graphqlWs,
  'graphql-sse': graphqlSse,
  EventSource: eventSource,
  urql,
  Apollo: apollo,
  'execution.events': pages,
};
