import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { escapeToken, parsePointer } from '../core/json-pointer.ts';
import type { Blueprint } from './blueprint.ts';
import { canonicalText } from './canonical.ts';
import { toJsonObject } from './to-json-object.ts';

/** One place that differs between two documents; a value is undefined where the place is absent. */
export interface Difference {
  /** The top-level node, undefined outside nodes. */
  readonly node: string | undefined;
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Every place that differs, as deep as both sides are objects; a list is compared as a whole. */
export const diffBlueprints = (before: Blueprint, after: Blueprint): readonly Difference[] =>
  diffValues(toJsonObject(before), toJsonObject(after), '');

function diffValues(before: Json | undefined, after: Json | undefined, path: string): readonly Difference[] {
  if (isJsonObject(before) && isJsonObject(after)) return diffObjects(before, after, path);
  return sameJson(before, after) ? [] : [{ node: nodeOf(path), path, before, after }];
}

function diffObjects(before: JsonObject, after: JsonObject, path: string): readonly Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => diffValues(own(before, name), own(after, name), `${path}/${escapeToken(name)}`));
}

const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** True for equal JSON, whatever the order of members; absent equals only absent. */
export const sameJson = (one: Json | undefined, other: Json | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && canonicalText(one) === canonicalText(other));

/** The top-level node that a pointer leads into. */
export function nodeOf(path: string): string | undefined {
  const [part, name] = parsePointer(path);
  return part === 'nodes' ? name : undefined;
}
