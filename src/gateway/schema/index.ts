import type { GraphQLSchema } from 'graphql';
import { builder } from '../builder.ts';
// Each file adds its types and fields to the builder when it is imported.
import './error.ts';
import './blueprint.ts';
import './blueprint-revision.ts';

/** The whole schema, as `schema.graphql` shows it. */
export const schema: GraphQLSchema = builder.toSchema();
