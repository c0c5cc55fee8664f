import type { Issue } from '../core/issue.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { escapeToken, parsePointer } from '../core/json-pointer.ts';
import { KIB } from '../core/units.ts';
import { compileLinearRegex } from '../expression/linear-regex.ts';
import { KEYWORDS, REFUSED_KEYWORDS, TYPE_NAMES, type KeywordShape } from './schema-keywords.ts';

/** The largest JSON Schema, in bytes of JSON. */
export const MAX_SCHEMA_BYTES = 64 * KIB;
/** The deepest nesting of schemas within schemas. */
export const MAX_SCHEMA_DEPTH = 32;

/** A schema that is being looked at. */
interface Visit {
  readonly root: JsonObject;
  readonly issues: Issue[];
}

/** Says what a JSON Schema has wrong: it comes from a tenant, and is checked before anything is validated by it. */
export function checkSchema(schema: JsonObject): Issue[] {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > MAX_SCHEMA_BYTES) {
    return [schemaIssue('', `The schema has ${bytes} bytes; ${MAX_SCHEMA_BYTES} are allowed.`)];
  }
  const visit: Visit = { root: schema, issues: [] };
  checkPart(visit, { schema, path: '', depth: 1 });
  return visit.issues;
}

/** One schema, and where it stands. */
interface Part {
  readonly schema: Json;
  readonly path: string;
  readonly depth: number;
}

const schemaIssue = (path: string, message: string): Issue => ({ rule: 'json-schema', path, message });

function checkPart(visit: Visit, { schema, path, depth }: Part): void {
  if (typeof schema === 'boolean') return;
  if (!isJsonObject(schema)) {
    visit.issues.push(schemaIssue(path, 'A schema is an object, true or false.'));
    return;
  }
  if (depth > MAX_SCHEMA_DEPTH) {
    visit.issues.push(schemaIssue(path, `Schemas are nested ${depth} deep here; ${MAX_SCHEMA_DEPTH} are allowed.`));
    return;
  }
  for (const [keyword, value] of Object.entries(schema)) {
    const place = `${path}/${escapeToken(keyword)}`;
    const refusal = Object.hasOwn(REFUSED_KEYWORDS, keyword) ? REFUSED_KEYWORDS[keyword] : undefined;
    if (refusal !== undefined) visit.issues.push(schemaIssue(place, `${keyword} is not supported. ${refusal}`));
    const shape = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (shape === undefined) continue;
    const message = shapeFault(shape, value) ?? meaningFault(visit.root, keyword, value);
    if (message !== undefined) visit.issues.push(schemaIssue(place, message));
    else {
      for (const part of partsOf(shape, value)) {
        checkPart(visit, { schema: part.schema, path: `${place}${part.path}`, depth: depth + 1 });
      }
    }
  }
}

/** The schemas behind a keyword, with their places. */
export function partsOf(shape: KeywordShape, value: Json): readonly { readonly schema: Json; readonly path: string }[] {
  if (shape === 'schema') return [{ schema: value, path: '' }];
  if (shape === 'schemas' && Array.isArray(value)) {
    return value.map((schema: Json, at) => ({ schema, path: `/${at}` }));
  }
  if (shape !== 'schemaMap' || !isJsonObject(value)) return [];
  return Object.entries(value).map(([name, schema]) => ({ schema, path: `/${escapeToken(name)}` }));
}

const isText = (value: Json): boolean => typeof value === 'string';
const isTexts = (value: Json): boolean => Array.isArray(value) && value.every(isText);

const SHAPES: Readonly<Record<KeywordShape, { readonly holds: (value: Json) => boolean; readonly name: string }>> = {
  schema: { holds: () => true, name: 'a schema' },
  schemas: { holds: (value) => Array.isArray(value) && value.length > 0, name: 'a list of schemas' },
  schemaMap: { holds: isJsonObject, name: 'an object of schemas' },
  text: { holds: isText, name: 'a text' },
  texts: { holds: isTexts, name: 'a list of texts' },
  textsMap: {
    holds: (value) => isJsonObject(value) && Object.values(value).every(isTexts),
    name: 'an object of lists',
  },
  number: { holds: (value) => typeof value === 'number', name: 'a number' },
  count: {
    holds: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
    name: 'a whole number',
  },
  boolean: { holds: (value) => typeof value === 'boolean', name: 'true or false' },
  types: {
    holds: (value) => [value].flat().every((name) => typeof name === 'string' && TYPE_NAMES.has(name)),
    name: `one or a list of ${[...TYPE_NAMES].join(', ')}`,
  },
  list: { holds: (value) => Array.isArray(value), name: 'a list' },
  any: { holds: () => true, name: 'a value' },
};

const shapeFault = (shape: KeywordShape, value: Json): string | undefined =>
  SHAPES[shape].holds(value) ? undefined : `This must be ${SHAPES[shape].name}.`;

function meaningFault(root: JsonObject, keyword: string, value: Json): string | undefined {
  if (keyword === 'multipleOf' && typeof value === 'number' && value <= 0) return 'This must be greater than 0.';
  if (typeof value !== 'string') return undefined;
  if (keyword === '$ref') return referenceFault(root, value);
  if (keyword !== 'pattern') return undefined;
  const compiled = compileLinearRegex(value);
  return compiled.ok ? undefined : compiled.error;
}

/** Nothing is ever fetched, and only what is a schema can be referred to. */
function referenceFault(root: JsonObject, reference: string): string | undefined {
  if (reference === '#') return undefined;
  if (!reference.startsWith('#/')) return 'Only places in the same schema can be referred to: #/$defs/name.';
  let part: Json | undefined = root;
  const tokens = [...parsePointer(reference.slice(1))];
  while (tokens.length > 0) {
    const next = stepInto(part, tokens);
    if (next === undefined) return `There is no schema at "${reference}".`;
    part = next;
  }
  return undefined;
}

/** Goes one schema deeper, by a keyword and what follows it in the pointer. */
function stepInto(schema: Json | undefined, tokens: string[]): Json | undefined {
  const keyword = tokens.shift() ?? '';
  const shape = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
  const value = isJsonObject(schema) && Object.hasOwn(schema, keyword) ? schema[keyword] : undefined;
  if (shape === undefined || value === undefined) return undefined;
  if (shape === 'schema') return value;
  const place = `/${escapeToken(tokens.shift() ?? '')}`;
  return partsOf(shape, value).find((part) => part.path === place)?.schema;
}
