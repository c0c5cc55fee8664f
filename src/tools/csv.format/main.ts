import { stringify } from 'csv-stringify/sync';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { badInput, flag, list, objectInput, optionalText } from '../arguments.ts';

/** Writes rows as CSV. */
export function run(input: Json): Json {
  const given = objectInput(input);
  const rows = list(given, 'rows').map((row, index) => {
    if (!isJsonObject(row)) throw badInput(`Row ${index + 1} is no object.`);
    return row;
  });
  const columns = columnsOf(given, rows);
  const header = flag(given, 'header', true);
  const records: readonly (readonly Json[])[] = rows.map((row) =>
    columns.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined) ?? ''),
  );
  const text = stringify([...(header ? [columns] : []), ...records], {
    delimiter: optionalText(given, 'delimiter') ?? ',',
    escape_formulas: flag(given, 'escapeFormulas', true),
    cast: {
      boolean: (value) => String(value),
      // A negative number begins like a formula and is none.
      number: (value) => ({ value: String(value), escape_formulas: false }),
      object: (value) => JSON.stringify(value),
    },
  });
  return { text, count: rows.length };
}

function columnsOf(given: JsonObject, rows: readonly JsonObject[]): readonly string[] {
  if (given['columns'] === undefined) return Object.keys(rows[0] ?? {});
  return list(given, 'columns').map((name) => {
    if (typeof name !== 'string') throw badInput('"columns" must be a list of text.');
    return name;
  });
}
