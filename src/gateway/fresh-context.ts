import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';

interface SubscribeOptions {
  /** The context of the next event, made from that of the operation. */
  readonly renew: (contextValue: unknown) => unknown;
  /** What a payload adds to its result beside `data`. */
  readonly extensionsOf: (payload: unknown) => Readonly<Record<string, unknown>> | undefined;
  readonly onSubscription: (change: 1 | -1) => void;
}

/**
 * `subscribe` of graphql-js, but each event is executed with a context of its own: DataLoaders that live as long as the
 * stream would answer with stale rows.
 */
export async function subscribeAnew(
  args: ExecutionArgs,
  { renew, extensionsOf, onSubscription }: SubscribeOptions,
): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  onSubscription(1);
  const onEnd = once(() => onSubscription(-1));
  return mapStream(source, onEnd, async (payload) => {
    const result = await execute({ ...args, rootValue: payload, contextValue: renew(args.contextValue) });
    const extensions = extensionsOf(payload);
    return extensions === undefined ? result : { ...result, extensions: { ...result.extensions, ...extensions } };
  });
}

/** No generator function: its `return()` would wait for a `next()` that still waits for an event. */
function mapStream<In, Out>(
  source: AsyncIterable<In>,
  onEnd: () => void,
  map: (value: In) => Promise<Out>,
): AsyncGenerator<Out, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  const end = { done: true, value: undefined } as const;
  const finish = async (): Promise<typeof end> => {
    onEnd();
    await iterator.return?.();
    return end;
  };
  const stream: AsyncGenerator<Out, void, void> = {
    async next() {
      try {
        const step = await iterator.next();
        if (step.done !== true) return { done: false, value: await map(step.value) };
      } catch (error) {
        onEnd();
        throw error;
      }
      onEnd();
      return end;
    },
    return: finish,
    async throw(error) {
      await finish();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await finish();
    },
  };
  return stream;
}

function once(call: () => void): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    call();
  };
}
