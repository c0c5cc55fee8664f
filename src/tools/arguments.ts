import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { ToolFailure } from '../protocol/tool-context.ts';

/**
 * Readers of a tool's input. The server checks inputs against `tool.json` before a call; a tool checks once more, as its
 * bundle runs on its own. Another attempt with the same input would fail alike.
 */
export const badInput = (message: string): ToolFailure => new ToolFailure(message, { retryable: false });

/** The input as an object. */
export function objectInput(input: Json): JsonObject {
  if (!isJsonObject(input)) throw badInput('The input must be an object.');
  return input;
}

/** A member that must be text. */
export function text(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw badInput(`"${name}" must be text.`);
  return value;
}

/** A member that may be text. */
export function optionalText(input: JsonObject, name: string): string | undefined {
  return input[name] === undefined ? undefined : text(input, name);
}

/** A member that may be true or false. */
export function flag(input: JsonObject, name: string, fallback: boolean): boolean {
  const value = input[name] ?? fallback;
  if (typeof value !== 'boolean') throw badInput(`"${name}" must be true or false.`);
  return value;
}

/** A member that may be a whole number from 1 to `most`. */
export function count(
  input: JsonObject,
  name: string,
  { fallback, most }: { readonly fallback: number; readonly most: number },
): number {
  const value = input[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) {
    throw badInput(`"${name}" must be a whole number from 1 to ${most}.`);
  }
  return value;
}

/** A member that may be one of some words. */
export function oneOf<const T extends string>(
  input: JsonObject,
  name: string,
  { words, fallback }: { readonly words: readonly T[]; readonly fallback: T },
): T {
  const value = input[name] ?? fallback;
  const found = words.find((word) => word === value);
  if (found === undefined) throw badInput(`"${name}" must be one of ${words.join(', ')}.`);
  return found;
}

/** A member that must be a list. */
export function list(input: JsonObject, name: string): readonly Json[] {
  const value = input[name];
  if (!Array.isArray(value)) throw badInput(`"${name}" must be a list.`);
  return value as readonly Json[]; // Array.isArray makes any[] of a readonly list
}
