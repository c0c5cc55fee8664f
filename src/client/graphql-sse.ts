import type { Client } from 'graphql-sse';
import { rememberCursor } from './remember-cursor.ts';

/** A graphql-sse client that goes on where its connection broke: alone, it sends the variables of the first time again. */
export const resumable = (client: Pick<Client, 'subscribe'>): Pick<Client, 'subscribe'> => ({
  subscribe(request, sink, on) {
    const variables = { ...request.variables };
    const next: typeof sink.next = (result) => {
      rememberCursor(variables, result);
      sink.next(result);
    };
    const { error, complete } = sink;
    return client.subscribe(
      { ...request, variables },
      { next, error: error.bind(sink), complete: complete.bind(sink) },
      on,
    );
  },
});
