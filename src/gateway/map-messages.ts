import type { Live, PullStream } from '../live/pull-stream.ts';

/**
 * The messages of a stream as something else. No generator function: its `return()` would wait for a `next()` that
 * waits for an event, and a client that has gone would be followed until something happens.
 */
export function mapMessages<In, Out>(source: PullStream<In>, map: (message: In) => Out): PullStream<Out> {
  const end = { done: true, value: undefined } as const;
  const { live } = source;
  const stream: PullStream<Out> = {
    async next() {
      const step = await source.next();
      return step.done === true ? end : { done: false, value: map(step.value) };
    },
    live: live && mapLive(live, map),
    async return() {
      await source.return();
      return end;
    },
    async throw(error) {
      await source.return();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await source.return();
    },
  };
  return stream;
}

const mapLive = <In, Out>(live: Live<In>, map: (message: In) => Out): Live<Out> => ({
  ...live,
  listen: (listener, signal) =>
    live.listen(
      {
        get readers() {
          return listener.readers;
        },
        take: (message, place) => listener.take(map(message), place),
        pass: (place) => listener.pass(place),
      },
      signal,
    ),
});

/** A stream of one message. */
export async function* onlyMessage<T>(message: T): AsyncGenerator<T, void, undefined> {
  yield message;
}
