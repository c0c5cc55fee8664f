import { GraphQLError, GraphQLObjectType, GraphQLSchema, GraphQLString, parse, type ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { subscribeAnew } from '../../../src/gateway/fresh-context.ts';

/** A subscription to a source that never ends by itself, and takes note of how it was ended. */
async function subscribe(
  next: () => Promise<IteratorResult<unknown>>,
  shared: (payload: unknown, make: () => Promise<ExecutionResult>) => Promise<ExecutionResult> = (_, make) => make(),
) {
  const seen = { returned: 0, open: 0 };
  const source: AsyncIterableIterator<unknown> = {
    next,
    return() {
      seen.returned += 1;
      return Promise.reject(new Error('It fails to end, too.'));
    },
    [Symbol.asyncIterator]: () => source,
  };
  const field = { type: GraphQLString, subscribe: () => source, resolve: (payload: unknown) => payload };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { word: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({ name: 'Subscription', fields: { words: field } }),
  });
  const stream = await subscribeAnew(
    { schema, document: parse('subscription { words }') },
    {
      renew: () => ({}),
      extensionsOf: () => undefined,
      onSubscription: (change) => (seen.open += change),
      shared,
      enter: () => ({ over: Promise.resolve(), leave: () => undefined }),
      maskError: (error) => new GraphQLError(String(error)),
    },
  );
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream.errors));
  return { stream, seen };
}

describe('A stream', () => {
  it('whose message cannot be made tells its source to end, once, and fails with what happened', async () => {
    const { stream, seen } = await subscribe(
      async () => ({ done: false, value: 'hello' }),
      () => Promise.reject(new Error('out of memory')),
    );
    expect(seen.open).toBe(1);
    await expect(stream.next()).rejects.toThrow('out of memory');
    expect(seen).toEqual({ returned: 1, open: 0 });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(seen).toEqual({ returned: 1, open: 0 });
  });

  it('whose source fails is over too', async () => {
    const { stream, seen } = await subscribe(() => Promise.reject(new Error('the bus is gone')));
    await expect(stream.next()).rejects.toThrow('the bus is gone');
    expect(seen.open).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });
});
