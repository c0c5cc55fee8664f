import { isObjectType, type GraphQLSchema } from 'graphql';
import { complexityIn, COMPLEXITY_RULE, type AnyField } from './complexity.ts';
import { RATE_RULE } from './rate-limits.ts';

/** Adds to descriptions what fields count for and how often they may be asked for: what is enforced is what is told. */
export function describeLimits(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) add(field, limitsOf(field));
  }
  const query = schema.getQueryType();
  if (query) add(query, [COMPLEXITY_RULE, RATE_RULE]);
  return schema;
}

function limitsOf(field: AnyField): readonly string[] {
  const { weight, listSize } = complexityIn(field);
  const max = field.extensions.rateLimit?.max;
  return [
    ...(weight === undefined ? [] : [`Complexity: ${weight} more.`]),
    ...(listSize === undefined ? [] : [`Complexity: taken as ${listSize} items.`]),
    ...(max === undefined ? [] : [`Rate limit: ${max} a minute.`]),
  ];
}

function add(described: { description?: string | null | undefined }, sentences: readonly string[]): void {
  if (sentences.length > 0) described.description = [described.description ?? '', ...sentences].join(' ').trim();
}
