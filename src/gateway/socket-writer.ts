import type { ExecutionResult } from 'graphql';
import type { WebSocket } from 'ws';
import { textOfResult } from './shared-results.ts';

/** Where the results of one operation go. */
export interface Addressee {
  readonly socket: WebSocket;
  /** Of the operation on that socket. */
  readonly id: string;
  /** Bytes that may wait in the socket before no more is asked of the stream. */
  readonly maxBufferedBytes: number;
}

/**
 * Sends the results of a subscription as `next` messages of graphql-transport-ws
 * (github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), and yields none: the text of a result is the same for all who
 * are sent it, and only the id in front of it differs. Ids, `complete` and the end stay with the library.
 */
export function sendResults(
  results: AsyncGenerator<ExecutionResult, void, void>,
  { socket, id, maxBufferedBytes }: Addressee,
): AsyncGenerator<never, void, void> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const end = { done: true, value: undefined } as const;
  const stream: AsyncGenerator<never, void, void> = {
    async next() {
      for (;;) {
        const step = await results.next();
        if (step.done === true) return end;
        if (socket.readyState !== socket.OPEN) return stream.return();
        const text = `${head}${textOfResult(step.value)}}`;
        // A client that does not read is not read for: its stream falls behind, and is told so in time.
        if (socket.bufferedAmount < maxBufferedBytes) socket.send(text, ignore);
        else await sent(socket, text);
      }
    },
    async return() {
      await results.return();
      return end;
    },
    async throw(error) {
      await results.return();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await results.return();
    },
  };
  return stream;
}

/** Resolves when it is in the hands of the operating system, and with it all before it; or when the socket has closed. */
const sent = (socket: WebSocket, text: string): Promise<void> =>
  new Promise((resolve) => socket.send(text, () => resolve()));

/** A socket that breaks says so by its `close`. */
const ignore = (): void => undefined;
