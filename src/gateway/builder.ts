import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import type { Json } from '../core/json.ts';
import type { OperationContext } from './context.ts';
import type { FieldComplexity } from './complexity.ts';
import { decodeGlobalId, encodeGlobalId, NODE_TYPES } from './global-id.ts';
import { assertPageSize } from './connection.ts';
import type { FieldRateLimit } from './rate-limits.ts';
import { bigIntScalar, dateTimeScalar, jsonScalar, safeIntScalar } from './scalars.ts';

/** What the schema is made of: the context, the scalars with their types in code, and null as the exception. */
export interface SchemaShape {
  Context: OperationContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    /** Milliseconds since 1970 in code, RFC 3339 on the wire. */
    DateTime: { Input: number; Output: number };
    SafeInt: { Input: number; Output: number };
    BigInt: { Input: bigint; Output: bigint };
    /** Answers are JSON already when they come here. */
    JSON: { Input: Json; Output: unknown };
  };
}

declare module 'graphql' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- a declaration is merged only with all parameters of the first one
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    readonly complexity?: FieldComplexity | undefined;
    readonly rateLimit?: FieldRateLimit | undefined;
  }
}

const CURSOR = 'Opaque place in this list.';

/** All types and fields are added to this builder by the files in `schema/`. */
export const builder = new SchemaBuilder<SchemaShape>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    clientMutationId: 'omit',
    brandLoadedObjects: true,
    encodeGlobalID: encodeGlobalId,
    // The plugin throws for types that it does not know: what is no ID of ours is looked for where nothing is found.
    decodeGlobalID: (globalId) => {
      const { typename, id } = decodeGlobalId(globalId);
      return typename === '' ? { typename: NODE_TYPES[0], id: '' } : { typename, id };
    },
    nodeTypeOptions: {
      description: 'Whatever has a global ID. Fragments on it, node(id) and every normalising client cache rely on it.',
    },
    idFieldOptions: { description: 'Global and stable; opaque.' },
    nodeQueryOptions: {
      description: 'Anything that has a global ID. Null: does not exist, or is not yours to see.',
      nullable: true,
      args: { id: { description: 'A global ID.' } },
    },
    nodesQueryOptions: {
      description: 'Many at once, in the order of `ids`; null where there is none. At most 100.',
      nullable: { list: true, items: true },
      args: { ids: { description: 'Global IDs, at most 100.' } },
      // Five parameters, as the plugin calls it.
      resolve: (...[, { ids }, , , resolveNodes]) => {
        assertPageSize(ids.length, 'ids');
        return resolveNodes(ids);
      },
    },
    pageInfoTypeOptions: { description: 'Where this page lies in its list.' },
    hasNextPageFieldOptions: { description: 'True when there are items after this page.' },
    hasPreviousPageFieldOptions: { description: 'True when there are items before this page.' },
    startCursorFieldOptions: { description: 'Of the first item: pass it as `before`. Null on an empty page.' },
    endCursorFieldOptions: { description: 'Of the last item: pass it as `after`. Null on an empty page.' },
    edgesFieldOptions: {
      description: 'The items of this page, in the order of the list.',
      nullable: { list: false, items: false },
    },
    nodeFieldOptions: { description: 'The item.', nullable: false },
    cursorFieldOptions: { description: CURSOR },
    pageInfoFieldOptions: { description: 'Where this page lies in its list.' },
    defaultConnectionTypeOptions: { description: 'One page of a list.' },
    defaultEdgeTypeOptions: { description: 'An item of a list with its place.' },
    firstArgOptions: { description: 'The first so many: 1 to 100, default 20. Not together with `last`.' },
    afterArgOptions: { description: 'Only what comes after this cursor.' },
    lastArgOptions: { description: 'The last so many: 1 to 100. Not together with `first`.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
  },
});

builder.addScalarType('DateTime', dateTimeScalar);
builder.addScalarType('SafeInt', safeIntScalar);
builder.addScalarType('BigInt', bigIntScalar);
builder.addScalarType('JSON', jsonScalar);

builder.queryType({ description: 'Root fields are nullable, so that a bug in one leaves the answers of the others.' });
builder.mutationType({
  description: 'Each takes one input and answers with one union: its success and the errors to expect.',
});
builder.subscriptionType({ description: 'Over graphql-transport-ws or server-sent events.' });
