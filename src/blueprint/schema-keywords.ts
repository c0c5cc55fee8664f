/** What stands behind a keyword of JSON Schema. */
export type KeywordShape =
  | 'schema'
  | 'schemas'
  | 'schemaMap'
  | 'text'
  | 'texts'
  | 'textsMap'
  | 'number'
  | 'count'
  | 'boolean'
  | 'types'
  | 'list'
  | 'any';

/** The keywords of JSON Schema (draft 2020-12) that are checked; others are notes for people. */
export const KEYWORDS: Readonly<Record<string, KeywordShape>> = {
  type: 'types',
  const: 'any',
  enum: 'list',
  allOf: 'schemas',
  anyOf: 'schemas',
  oneOf: 'schemas',
  not: 'schema',
  if: 'schema',
  then: 'schema',
  else: 'schema',
  properties: 'schemaMap',
  additionalProperties: 'schema',
  unevaluatedProperties: 'schema',
  propertyNames: 'schema',
  required: 'texts',
  minProperties: 'count',
  maxProperties: 'count',
  dependentRequired: 'textsMap',
  dependentSchemas: 'schemaMap',
  items: 'schema',
  prefixItems: 'schemas',
  unevaluatedItems: 'schema',
  contains: 'schema',
  minContains: 'count',
  maxContains: 'count',
  minItems: 'count',
  maxItems: 'count',
  uniqueItems: 'boolean',
  minimum: 'number',
  maximum: 'number',
  exclusiveMinimum: 'number',
  exclusiveMaximum: 'number',
  multipleOf: 'number',
  minLength: 'count',
  maxLength: 'count',
  pattern: 'text',
  format: 'text',
  $ref: 'text',
  $defs: 'schemaMap',
  definitions: 'schemaMap',
};

/** Keywords that would change what a schema means, and are not carried out. */
export const REFUSED_KEYWORDS: Readonly<Record<string, string>> = {
  patternProperties: 'Use propertyNames with a pattern, or additionalProperties.',
  additionalItems: 'Use prefixItems and items.',
  dependencies: 'Use dependentRequired or dependentSchemas.',
  $dynamicRef: 'Use $ref to a place in the same schema.',
  $recursiveRef: 'Use $ref to a place in the same schema.',
};

/** Formats that are checked in linear time; others are notes for people. */
export const FORMATS: ReadonlySet<string> = new Set([
  ...['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid', 'json-pointer'],
]);

export const TYPE_NAMES: ReadonlySet<string> = new Set([
  ...['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'],
]);
