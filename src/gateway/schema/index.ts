import type { GraphQLSchema } from 'graphql';
import { builder } from '../builder.ts';
import { describeLimits } from '../describe-limits.ts';
// Each file adds its types and fields to the builder when it is imported.
import './agent-event-types.ts';
import './agent.ts';
import './api-key.ts';
import './audit.ts';
import './blueprint-diff.ts';
import './blueprint-mutations.ts';
import './blueprint-revision.ts';
import './blueprint.ts';
import './event-types.ts';
import './execution-mutations.ts';
import './execution-node.ts';
import './execution.ts';
import './ledger.ts';
import './memory-mutations.ts';
import './memory.ts';
import './node-event-types.ts';
import './pause-event-types.ts';
import './pause-mutations.ts';
import './policy.ts';
import './registered-memory.ts';
import './registry.ts';
import './secret.ts';
import './stream-ticket.ts';
import './stream.ts';
import './subscription.ts';
import './token-denial.ts';
import './usage.ts';
import './viewer.ts';

/** The whole schema, as `schema.graphql` shows it. */
export const schema: GraphQLSchema = describeLimits(builder.toSchema());
