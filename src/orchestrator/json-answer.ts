import type { Json, JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';

const MOST_FAULTS_TEXT = 2_000;

/** The JSON that a model answered, when it fits the schema; else what is wrong, as a sentence. */
export function jsonAnswer(
  text: string,
  schema: JsonObject,
  validate: (schema: JsonObject, value: Json) => readonly string[],
): Result<Json, string> {
  const value = parsed(text);
  if (value === undefined) return err('That is no JSON.');
  const faults = faultsOf(value.json, schema, validate);
  return faults === '' ? ok(value.json) : err(`That does not fit the schema: ${faults}.`);
}

/** Models like to fence what they are asked for. */
const FENCED = /^\s*```(?:json)?\n([\s\S]*)\n```\s*$/;

export function parsed(text: string): { readonly json: Json } | undefined {
  try {
    return { json: JSON.parse(FENCED.exec(text)?.[1] ?? text) as Json }; // what JSON.parse gives is JSON
  } catch {
    return undefined;
  }
}

/** Cut to what a person reads: names and values of it are the model's. */
export function faultsOf(
  value: Json,
  schema: JsonObject,
  validate: (schema: JsonObject, value: Json) => readonly string[],
): string {
  try {
    return validate(schema, value).join('; ').slice(0, MOST_FAULTS_TEXT);
  } catch (error) {
    // Such as a nesting or a name that nobody can work with.
    return error instanceof Error ? error.message : String(error);
  }
}
