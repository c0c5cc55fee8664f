import { stringify } from 'csv-stringify/sync';

/**
 * Rows as CSV by RFC 4180. What a spreadsheet would take for a formula gets an apostrophe in front: names of models come
 * from outside. The library leaves out a line feed, which some spreadsheets skip before the formula.
 */
export const csv = (rows: readonly (readonly string[])[]): string =>
  stringify(
    rows.map((row) => row.map((cell) => (cell.startsWith('\n') ? `'${cell}` : cell))),
    { record_delimiter: '\r\n', escape_formulas: true, quoted_match: /[\r\n]/ },
  );
