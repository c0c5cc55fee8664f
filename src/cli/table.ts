import { column, oneLine, textWidth } from './text-width.ts';

/** Rows under a heading, in columns as wide as their widest cell; the last one is not padded. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows.map((row) => row.map(oneLine))];
  const widths = heading.map((_, place) => Math.max(...all.map((row) => textWidth(row[place] ?? ''))));
  const line = (row: readonly string[]): string =>
    row.map((cell, place) => column(cell, widths[place] ?? 0)).join('  ');
  return `${all.map((row) => line(row).trimEnd()).join('\n')}\n`;
}
