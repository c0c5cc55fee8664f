import { CsvError, parse } from 'csv-parse/sync';
import type { Json } from '../../core/json.ts';
import { badInput, count, flag, objectInput, optionalText, text } from '../arguments.ts';

const MAX_ROWS = 1_000_000;

/** Reads CSV into objects of text. */
export function run(input: Json): Json {
  const given = objectInput(input);
  const maxRows = count(given, 'maxRows', { fallback: 100_000, most: MAX_ROWS });
  const hasHeader = flag(given, 'header', true);
  const records = read(text(given, 'text'), optionalText(given, 'delimiter') ?? ',', maxRows + 2);
  const columns = hasHeader ? (records[0] ?? []) : (records[0] ?? []).map((_, index) => `column_${index + 1}`);
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) throw badInput(`Two columns are called ${JSON.stringify(repeated)}.`);
  const rows = (hasHeader ? records.slice(1) : records).map((record) =>
    Object.fromEntries(columns.map((name, index) => [name, record[index] ?? ''])),
  );
  if (rows.length > maxRows) throw badInput(`The CSV has more than ${maxRows} rows.`);
  return { columns, rows, count: rows.length };
}

function read(source: string, delimiter: string, to: number): string[][] {
  try {
    return parse(source, { bom: true, delimiter, record_delimiter: ['\r\n', '\n', '\r'], to, skip_empty_lines: true });
  } catch (error) {
    if (error instanceof CsvError) throw badInput(`The CSV cannot be read: ${error.message}`);
    throw error;
  }
}
