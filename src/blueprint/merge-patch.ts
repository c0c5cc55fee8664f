import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** JSON Merge Patch (RFC 7396): members of the patch replace members, null removes them, objects are patched within. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const patched = new Map<string, Json>(Object.entries(isJsonObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) patched.delete(name);
    else patched.set(name, mergePatch(patched.get(name), value));
  }
  // fromEntries defines members and never runs the setter of __proto__.
  const result: JsonObject = Object.fromEntries(patched);
  return result;
}
