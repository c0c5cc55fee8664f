import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** The same list or object with each member changed; a scalar stays. */
export function eachMember(value: Json, change: (member: Json) => Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (!isJsonObject(value)) return value.map(change);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
}

/** The object that a value of a sound document is in this place; none where there is nothing. */
export const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** The text that a value of a sound document is in this place; empty where there is nothing. */
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The object with the named members changed, as far as it has them. */
export const changeMembers = (
  object: JsonObject,
  changes: Readonly<Record<string, (member: Json) => Json>>,
): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([name, member]) => {
      const change = Object.hasOwn(changes, name) ? changes[name] : undefined;
      return [name, change === undefined ? member : change(member)];
    }),
  );
