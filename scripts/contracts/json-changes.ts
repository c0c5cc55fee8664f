import { z } from 'zod';

/** One difference of two JSON documents. */
export interface JsonChange {
  /** Names from the top, by dots; what every JSON Schema has, such as `properties`, is left out. */
  readonly path: string;
  readonly message: string;
  /** Whoever kept to the document before, may not be within it any more. */
  readonly isBreaking: boolean;
}

export type JsonObject = Readonly<Record<string, unknown>>;
const JsonObject = z.record(z.string(), z.unknown());

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** Words for people alone. */
const UNCOMPARED = new Set(['$schema', '$id', 'title', 'description', 'help']);
/** Words of JSON Schema that hold members, and are no names themselves. */
const HOLDERS = new Set(['properties', 'oneOf', 'anyOf', 'labels']);
const FLOORS = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']);
const CEILINGS = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']);
/** Without these a schema takes more, not less. */
const BOUNDS = new Set([
  ...[...FLOORS, ...CEILINGS, 'type', 'const', 'enum', 'pattern', 'format', 'additionalProperties'],
  ...['items', 'prefixItems', 'propertyNames', 'patternProperties', 'allOf', 'not', 'anyOf', 'oneOf'],
]);

const join = (path: string, key: string): string => {
  if (HOLDERS.has(key)) return path;
  return path === '' ? key : `${path}.${key}`;
};

/** A member of a union: by the constant that tells it from the others, or by its type, else by its place. */
function memberName(member: unknown, index: number): string {
  if (!isObject(member)) return shown(member).replaceAll('"', '');
  const properties = isObject(member['properties']) ? Object.values(member['properties']) : [];
  for (const property of properties) {
    if (isObject(property) && property['const'] !== undefined) return shown(property['const']).replaceAll('"', '');
  }
  return typeof member['type'] === 'string' && member['type'] !== 'object' ? member['type'] : String(index);
}

const named = (list: readonly unknown[]): JsonObject =>
  Object.fromEntries(list.map((member, index) => [memberName(member, index), member]));

/**
 * What changed between two documents that say what others rely on: JSON Schemas, and plain objects of names. Such a document
 * may grow: what is gone, asked for more, or other than before, breaks.
 */
export function jsonChanges(before: unknown, after: unknown, path = '', key = ''): readonly JsonChange[] {
  if (shown(before) === shown(after)) return [];
  const change = (message: string, isBreaking: boolean): readonly JsonChange[] => [{ path, message, isBreaking }];
  if (before === undefined) return change(`${shown(after)} is new here`, BOUNDS.has(key));
  if (after === undefined) return change(`${shown(before)} is gone`, !BOUNDS.has(key));
  if (isObject(before) && isObject(after)) return memberChanges(before, after, path);
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path, key);
  const message = `${shown(before)} became ${shown(after)}`;
  if (typeof before === 'number' && typeof after === 'number') {
    if (FLOORS.has(key)) return change(message, after > before);
    if (CEILINGS.has(key)) return change(message, after < before);
  }
  // A schema that was closed and is open takes more.
  return change(message, !(key === 'additionalProperties' && before === false));
}

/** A schema in the words of the other: what is one of several there is so here, if as the only one. */
function inWordsOf(one: JsonObject, other: JsonObject): JsonObject {
  for (const union of ['anyOf', 'oneOf']) if (union in other && !(union in one)) return { [union]: [one] };
  const { const: only, type, ...rest } = one;
  const words = only !== undefined && 'enum' in other ? { enum: [only] } : 'const' in one ? { const: only } : {};
  const types =
    typeof type === 'string' && Array.isArray(other['type']) ? { type: [type] } : 'type' in one ? { type } : {};
  return { ...rest, ...words, ...types };
}

function memberChanges(one: JsonObject, other: JsonObject, path: string): readonly JsonChange[] {
  const [before, after] = [inWordsOf(one, other), inWordsOf(other, one)];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !UNCOMPARED.has(key));
  return keys.flatMap((key) => {
    const [a, b] = [before[key], after[key]];
    // No list of what must be there is an empty one.
    if (key === 'required') return listChanges(toList(a), toList(b), path, key);
    return jsonChanges(a, b, join(path, key), key);
  });
}

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function listChanges(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  key: string,
): readonly JsonChange[] {
  const [a, b] = [named(before), named(after)];
  if (key !== 'required') {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) =>
      jsonChanges(a[name], b[name], join(path, name)),
    );
  }
  const differing = (one: JsonObject, other: JsonObject): readonly string[] =>
    Object.keys(one).filter((name) => !(name in other));
  return [
    ...differing(b, a).map((name) => ({ path: join(path, name), message: 'must be there now', isBreaking: true })),
    ...differing(a, b).map((name) => ({ path: join(path, name), message: 'may be absent now', isBreaking: false })),
  ];
}

/** The object that a file holds. */
export const parseObject = (text: string): JsonObject => JsonObject.parse(JSON.parse(text));
