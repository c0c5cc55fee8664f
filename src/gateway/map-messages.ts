/**
 * The messages of a stream as something else. No generator function: its `return()` would wait for a `next()` that
 * waits for an event, and a client that has gone would be followed until something happens.
 */
export function mapMessages<In, Out>(
  source: AsyncGenerator<In, void, undefined>,
  map: (message: In) => Out,
): AsyncGenerator<Out, void, undefined> {
  const end = { done: true, value: undefined } as const;
  const stream: AsyncGenerator<Out, void, undefined> = {
    async next() {
      const step = await source.next();
      return step.done === true ? end : { done: false, value: map(step.value) };
    },
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
