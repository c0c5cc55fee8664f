import type { Client } from 'graphql-ws';
import { rememberCursor } from './remember-cursor.ts';

/**
 * `subscribe` of a graphql-ws client that goes on where its connection broke: alone, it sends the variables of the first
 * time again. Only `subscribe`: `iterate` reads ahead of whoever iterates, so there is no place to remember.
 */
export const resumable = (client: Client): Client => ({
  ...client,
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
