import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import type { ExecutionArgs } from 'graphql';

/** What a message of an execution has, as far as the bench selects it. */
interface PlainMessage {
  readonly __typename: string;
  readonly events: readonly { readonly sequence: number; readonly type: string; readonly at: string }[];
}

/**
 * What a subscription costs with the libraries alone: yoga, its publish-subscribe in memory, and graphql-ws, put together
 * as yoga's documentation does. It publishes what its parent tells it to.
 */
const eventTarget = new EventTarget();
// Each subscriber is a listener of it: ten thousand are meant.
setMaxListeners(0, eventTarget);
const pubSub = createPubSub<{ events: [PlainMessage] }>({ eventTarget });
const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: `
      type Query { ready: Boolean! }
      type Event { sequence: Int! type: String! at: String! }
      type ExecutionEvents { events: [Event!]! }
      type Other { ready: Boolean! }
      union ExecutionMessage = ExecutionEvents | Other
      type Subscription { executionEvents(executionId: ID!): ExecutionMessage }`,
    resolvers: {
      Query: { ready: () => true },
      Subscription: { executionEvents: { subscribe: () => pubSub.subscribe('events'), resolve: (message) => message } },
    },
  }),
});

type Engine = ReturnType<typeof yoga.getEnveloped>;
const server = createServer((request, response) => void yoga(request, response));
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });
const engineOf = (args: ExecutionArgs): Engine => (args.rootValue as { engine: Engine }).engine; // put there below
useServer(
  {
    execute: (args) => engineOf(args).execute(args),
    subscribe: (args) => engineOf(args).subscribe(args),
    async onSubscribe(context, _id, params) {
      const engine = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      });
      return {
        schema: engine.schema,
        operationName: params.operationName,
        document: engine.parse(params.query),
        variableValues: params.variables,
        contextValue: await engine.contextFactory(),
        rootValue: { engine },
      };
    },
  },
  sockets,
);

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
});

export type PlainRequest =
  { readonly type: 'cpu' | 'rss' } | { readonly type: 'publish'; readonly message: PlainMessage };

process.on('message', (request: PlainRequest) => {
  if (request.type === 'publish') pubSub.publish('events', request.message);
  else {
    const { user, system } = process.cpuUsage();
    const value = request.type === 'rss' ? process.memoryUsage.rss() : (user + system) / 1_000;
    process.send?.({ type: 'answer', value });
  }
});
