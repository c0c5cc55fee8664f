import type { ExecutionResult, SubscriptionForwarder } from '@urql/core';
import type { Client } from 'graphql-ws';
import { resumable } from './graphql-ws.ts';

/** For urql: `subscriptionExchange({ forwardSubscription: forwardResumably(client) })` with a graphql-ws client. */
export const forwardResumably = (client: Client): SubscriptionForwarder => {
  const { subscribe } = resumable(client);
  return ({ query = '', variables = {} }) => ({
    subscribe: ({ next, error, complete }) => ({
      unsubscribe: subscribe(
        { query, variables },
        // Both describe what GraphQL answers; urql's type has no undefined members.
        { next: (result) => next(result as ExecutionResult), error, complete },
      ),
    }),
  });
};
