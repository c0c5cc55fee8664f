import { compile, JSONPathError, type JSONPathQuery, type JSONValue } from 'json-p3';
import type { Json } from '../../core/json.ts';
import { badInput, objectInput, text } from '../arguments.ts';

/** Selects values of `json` by a JSONPath query. */
export function run(input: Json): Json {
  const given = objectInput(input);
  if (given['json'] === undefined) throw badInput('"json" is missing.');
  const query = parse(text(given, 'query'));
  // Both types mean JSON; the package's is declared as mutable and with `unknown` members. It changes nothing.
  const values = query.query(given['json'] as JSONValue).values() as readonly Json[];
  return { values, first: values[0] ?? null, count: values.length };
}

function parse(query: string): JSONPathQuery {
  try {
    return compile(query);
  } catch (error) {
    if (error instanceof JSONPathError)
      throw badInput(`The query ${JSON.stringify(query)} is no JSONPath: ${error.message}`);
    throw error;
  }
}
