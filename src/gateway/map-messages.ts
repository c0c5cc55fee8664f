import type { PullStream } from '../live/pull-stream.ts';

/**
 * The messages of a stream as something else. No generator function: its `return()` would wait for a `next()` that
 * waits for an event, and a client that has gone would be followed until something happens.
 */
export function mapMessages<In, Out>(source: PullStream<In>, map: (message: In) => Out): PullStream<Out> {
  const end = { done: true, value: undefined } as const;
  const { hand } = source;
  const stream: PullStream<Out> = {
    async next() {
      const step = await source.next();
      return step.done === true ? end : { done: false, value: map(step.value) };
    },
    hand: hand && ((take) => hand((message) => take(map(message)))),
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

/** A stream of one message. */
export async function* onlyMessage<T>(message: T): AsyncGenerator<T, void, undefined> {
  yield message;
}
