import type { Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';

/** How deep a value may nest. `JSON.stringify` and recursive checks overflow the stack far above it. */
export const MAX_JSON_DEPTH = 128;

/** Room for what a message puts around a value. */
export const ENVELOPE_DEPTH = 8;

/** Parses JSON of a side that is not trusted: bounded in depth, and members named `__proto__` are dropped. */
export function parseWireJson(text: string, maxDepth: number = MAX_JSON_DEPTH): Result<Json, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err('text that is no JSON');
  }
  if (!dropPrototypes(value, maxDepth)) return err(`a value nested deeper than ${maxDepth} levels`);
  return ok(value as Json); // JSON.parse gives nothing else
}

function dropPrototypes(value: unknown, depthLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depthLeft === 0) return false;
  if (Array.isArray(value)) return value.every((item) => dropPrototypes(item, depthLeft - 1));
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
  return Object.values(value).every((item) => dropPrototypes(item, depthLeft - 1));
}

/**
 * The JSON text of what somebody's code answered, or a sentence that says why it has none. No answer is null, as in a
 * function without `return`; members that are undefined and numbers that are not finite end as JSON.stringify ends them.
 */
export function toWireJson(value: unknown): Result<string, string> {
  if (value === undefined) return ok('null');
  let text: string | undefined;
  try {
    text = stringify(value);
  } catch (error) {
    return err(whyNoJson(error));
  }
  if (text === undefined) return err(`It is a ${typeof value}, which JSON cannot carry.`);
  if (jsonDepth(text) > MAX_JSON_DEPTH) return err(`It is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  return ok(text);
}

/** Its declared type forgets that functions and symbols have no text. */
const stringify: (value: unknown) => string | undefined = JSON.stringify;

function whyNoJson(error: unknown): string {
  if (error instanceof RangeError) return `It is nested deeper than ${MAX_JSON_DEPTH} levels, or too large.`;
  const message = error instanceof Error ? error.message : String(error);
  if (/circular|cyclic/i.test(message)) return 'It refers to itself (it is cyclic), which JSON cannot carry.';
  if (/bigint/i.test(message)) return 'It holds a BigInt, which JSON cannot carry; use Number(x) or String(x).';
  return message;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The deepest nesting in a JSON text; brackets within strings do not count. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return deepest;
}
