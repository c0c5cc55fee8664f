import { parsePointer } from '../core/json-pointer.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { BOOL, closedObject, DYN, listOf, NULL, NUMBER, STRING, unify, type ExpressionType } from './types.ts';

/** References of a schema to itself end here. */
const MAX_DEPTH = 32;

const SCALARS: Readonly<Record<string, ExpressionType>> = {
  string: STRING,
  number: NUMBER,
  integer: NUMBER,
  boolean: BOOL,
  null: NULL,
};

/** The type that a JSON Schema describes; `dyn` for what it leaves open. An object is closed by `additionalProperties: false`. */
export const typeFromSchema = (schema: Json | undefined): ExpressionType => schemaType(schema, schema, 0);

function schemaType(schema: Json | undefined, root: Json | undefined, depth: number): ExpressionType {
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return DYN;
  const of = (part: Json | undefined): ExpressionType => schemaType(part, root, depth + 1);
  if (typeof schema['$ref'] === 'string') return of(resolve(schema['$ref'], root));
  if (schema['const'] !== undefined) return typeOfJson(schema['const']);
  if (Array.isArray(schema['enum'])) return unifyAll(schema['enum'].map(typeOfJson));
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return unifyAll(choices.map(of));
  // What several schemas say together may be more than any one of them: left open.
  if (schema['allOf'] !== undefined || schema['if'] !== undefined) return DYN;
  const type = schema['type'];
  if (type === 'object') return objectType(schema, of);
  if (type === 'array') return listOf(of(isJsonObject(schema['items']) ? schema['items'] : undefined));
  return typeof type === 'string' ? (SCALARS[type] ?? DYN) : DYN;
}

function objectType(schema: JsonObject, of: (part: Json | undefined) => ExpressionType): ExpressionType {
  const properties = schema['properties'];
  const members = isJsonObject(properties)
    ? Object.entries(properties).map(([name, part]) => [name, of(part)] as const)
    : [];
  const additional = schema['additionalProperties'];
  const isClosed = additional === false && schema['patternProperties'] === undefined;
  const required = Array.isArray(schema['required'])
    ? schema['required'].filter((name) => typeof name === 'string')
    : [];
  return {
    kind: 'object',
    members: Object.fromEntries(members),
    rest: isClosed ? undefined : isJsonObject(additional) ? of(additional) : DYN,
    required,
  };
}

/** Only places in the same schema: `#/$defs/item`. */
function resolve(reference: string, root: Json | undefined): Json | undefined {
  if (!reference.startsWith('#')) return undefined;
  let place = root;
  for (const name of parsePointer(reference.slice(1))) {
    if (!isJsonObject(place) || !Object.hasOwn(place, name)) return undefined;
    place = place[name];
  }
  return place;
}

const unifyAll = (types: readonly ExpressionType[]): ExpressionType =>
  types.length === 0 ? DYN : types.reduce((left, right) => unify(left, right));

/** The type of a value that is written down. */
export function typeOfJson(value: Json): ExpressionType {
  if (value === null) return NULL;
  if (typeof value === 'string') return STRING;
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'boolean') return BOOL;
  if (!isJsonObject(value)) return listOf(unifyAll(value.map(typeOfJson)));
  return closedObject(Object.fromEntries(Object.entries(value).map(([name, part]) => [name, typeOfJson(part)])));
}
