import type { Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';

/** How deep a value may nest. `JSON.stringify` and recursive checks overflow the stack far above it. */
export const MAX_JSON_DEPTH = 128;

/**
 * How many values and names of members one may hold: a parser needs up to a microsecond for each, and nothing else of the
 * server runs then.
 */
export const MAX_JSON_VALUES = 200_000;

/** What a text may be before it is parsed at all. */
export interface JsonBounds {
  readonly depth: number;
  readonly values: number;
}

const VALUE_BOUNDS: JsonBounds = { depth: MAX_JSON_DEPTH, values: MAX_JSON_VALUES };

/** With room for what a message puts around a value. */
export const MESSAGE_BOUNDS: JsonBounds = { depth: MAX_JSON_DEPTH + 8, values: MAX_JSON_VALUES + 64 };

/** A parsed text, and how many values and names it held. */
export interface WireJson {
  readonly json: Json;
  readonly values: number;
}

/**
 * Parses JSON of a side that is not trusted: bounded in depth and in values before the parser sees it, and members named
 * `__proto__` are dropped.
 */
export function parseWireJson(text: string, bounds: JsonBounds = VALUE_BOUNDS): Result<WireJson, string> {
  const { depth, values } = jsonSize(text);
  if (depth > bounds.depth) return err(`a value nested deeper than ${bounds.depth} levels`);
  if (values > bounds.values) return err(`a value that holds more than ${bounds.values} values and names`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err('text that is no JSON');
  }
  // Walking through all of it takes as long as parsing it: only where there is something to find.
  if (PROTOTYPE.test(text)) dropPrototypes(value);
  return ok({ json: value as Json, values }); // JSON.parse gives nothing else
}

/** `__proto__` in all the ways in which JSON can write it; no other escape than \u gives one of its letters. */
const PROTOTYPE = /(?:_|\\u005f){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006f)(?:t|\\u0074)(?:o|\\u006f)(?:_|\\u005f){2}/i;

function dropPrototypes(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
  for (const item of Object.values(value)) dropPrototypes(item);
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
  const { depth, values } = jsonSize(text);
  if (depth > MAX_JSON_DEPTH) return err(`It is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  if (values > MAX_JSON_VALUES) return err(TOO_MANY_VALUES);
  return ok(text);
}

/** What `toWireJson` says of a value that is no fault of its form. */
export const TOO_MANY_VALUES = `It holds more than ${MAX_JSON_VALUES} values and names of members.`;

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
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * The deepest nesting in a JSON text, and how many values and names of members it holds at most; what is written within strings does not count.
 * Each value but the first follows a bracket or a comma, and each name stands before a colon.
 */
export function jsonSize(text: string): JsonBounds {
  let depth = 0;
  let deepest = 0;
  let values = 1;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === COMMA || code === COLON) values += 1;
    else if (code === 0x5b || code === 0x7b) {
      values += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return { depth: deepest, values };
}
