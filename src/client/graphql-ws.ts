import type { Client } from 'graphql-ws';
import { rememberCursor } from './remember-cursor.ts';

/**
 * `subscribe` of a graphql-ws client that goes on where its connection broke: alone, it sends the variables of the first
 * time again. `iterate` of graphql-ws reads ahead of whoever iterates, so it has no place that could be remembered.
 */
export const resumable = (client: Client): Pick<Client, 'subscribe'> => ({
  subscribe(payload, sink) {
    const variables = { ...payload.variables };
    const next: typeof sink.next = (result) => {
      rememberCursor(variables, result);
      sink.next(result);
    };
    const { error, complete } = sink;
    return client.subscribe(
      { ...payload, variables },
      { next, error: error.bind(sink), complete: complete.bind(sink) },
    );
  },
});
