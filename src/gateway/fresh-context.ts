import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql';
import type { Live, PullStream } from '../live/pull-stream.ts';
import type { Reader, Stay } from './rooms.ts';

interface SubscribeOptions {
  /** The context of the next event, made from that of the operation. */
  readonly renew: (contextValue: unknown) => unknown;
  /** What a payload adds to its result beside `data`. */
  readonly extensionsOf: (payload: unknown) => Readonly<Record<string, unknown>> | undefined;
  readonly onSubscription: (change: 1 | -1) => void;
  /** The result of a payload: made, or the one of another subscriber who hears the same. */
  readonly shared: (payload: unknown, make: () => Promise<ExecutionResult>) => Promise<ExecutionResult>;
  /** A reader that keeps up joins those who hear the same. */
  readonly enter: (live: Live<unknown>, reader: Reader) => Stay;
  readonly maskError: (error: unknown) => GraphQLError;
  /** Calls `end` when the stream may not go on, with what the client is told; absent where the transport sees to it. */
  readonly watch?: ((end: (reason: GraphQLError) => void) => { stop(): void }) | undefined;
}

/** Results that are pulled; between two pulls, who reads them may take them as they come. */
export interface ResultStream extends AsyncGenerator<ExecutionResult, void, undefined> {
  /**
   * Calls `take` with each result as soon as it is there, until the answer is false. Resolves when the next is to be pulled, which
   * may be at once. Absent: all is pulled.
   */
  readonly hand?: ((take: (result: ExecutionResult) => boolean) => Promise<void>) | undefined;
}

/**
 * `subscribe` of graphql-js, but each event is executed with a context of its own: DataLoaders that live as long as the
 * stream would answer with stale rows.
 */
export async function subscribeAnew(
  args: ExecutionArgs,
  { renew, extensionsOf, onSubscription, shared, enter, maskError, watch }: SubscribeOptions,
): Promise<ResultStream | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  // What resolvers of subscriptions give is their own iterator, and theirs alone to say how it is read.
  const iterator: Source = source[Symbol.asyncIterator]();
  let refusal: GraphQLError | undefined;
  const watching = watch?.((reason) => {
    refusal = reason;
    // Wakes whoever waits for an event. A source that fails to end has nobody left to tell.
    iterator.return?.().catch(() => undefined);
  });
  onSubscription(1);
  const onEnd = once(() => {
    watching?.stop();
    onSubscription(-1);
  });
  const make = async (payload: unknown): Promise<ExecutionResult> => {
    const { errors, ...result } = await execute({
      ...{ ...args, rootValue: payload, contextValue: renew(args.contextValue) },
    });
    const extensions = extensionsOf(payload);
    return {
      // Once for all who hear it, and not once more for each of them.
      ...(errors && { errors: errors.map(maskError) }),
      ...result,
      ...(extensions && { extensions: { ...result.extensions, ...extensions } }),
    };
  };
  const toResult = (payload: unknown): Promise<ExecutionResult> => shared(payload, () => make(payload));
  return toStream(iterator, {
    onEnd,
    lastWord: () => (refusal === undefined ? undefined : { errors: [refusal] }),
    toResult,
    enter: (live, take) => enter(live, { toResult, take }),
  });
}

type Source = AsyncIterator<unknown> & Pick<PullStream<unknown>, 'live'>;

interface StreamParts {
  readonly toResult: (payload: unknown) => Promise<ExecutionResult>;
  readonly enter: (live: Live<unknown>, take: Reader['take']) => Stay;
  /** Asked once, when there are no more events. */
  readonly lastWord: () => ExecutionResult | undefined;
  readonly onEnd: () => void;
}

/** No generator function: its `return()` would wait for a `next()` that still waits for an event. */
function toStream(iterator: Source, { toResult, enter, lastWord, onEnd }: StreamParts): ResultStream {
  const { live } = iterator;
  const end = { done: true, value: undefined } as const;
  let over = false;
  let stay: Stay | undefined;
  const finish = async (): Promise<typeof end> => {
    over = true;
    stay?.leave();
    onEnd();
    await iterator.return?.();
    return end;
  };
  /** Nobody asks after an error, and a source that is not told listens on. What it says to that is no news. */
  const ended = (error: unknown): unknown => {
    over = true;
    onEnd();
    iterator.return?.().catch(() => undefined);
    return error;
  };
  const stream: ResultStream = {
    hand:
      live &&
      (async (take) => {
        if (over) return;
        try {
          stay = enter(live, take);
          await stay.over;
        } catch (error) {
          throw ended(error);
        }
      }),
    async next() {
      if (over) return end;
      try {
        const step = await iterator.next();
        if (step.done !== true) return { done: false, value: await toResult(step.value) };
      } catch (error) {
        throw ended(error);
      }
      over = true;
      onEnd();
      const last = lastWord();
      return last === undefined ? end : { done: false, value: last };
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
