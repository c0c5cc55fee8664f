import type { Json, JsonObject } from '../core/json.ts';

/**
 * A part of a blueprint as plain JSON. The types that zod infers allow members that are `undefined`, which JSON has not:
 * those are left out, and nothing else changes.
 */
export const toJsonObject = (part: object): JsonObject =>
  Object.fromEntries(
    Object.entries(part).flatMap(([name, value]: [string, unknown]) =>
      value === undefined ? [] : [[name, toJsonValue(value)] as const],
    ),
  );

function toJsonValue(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toJsonValue);
  if (typeof value === 'object' && value !== null) return toJsonObject(value);
  return value as Json; // a blueprint was parsed from JSON: what is no list and no object is a scalar of JSON
}
