const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uFF01-\uFF60]/u;
const INVISIBLE = /[\p{Mark}\u200B-\u200D\uFE00-\uFE0F]/u;

const widthOf = (character: string): number => {
  if (INVISIBLE.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
};

/** Columns that a text without escape sequences takes on a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** At most so many columns; what is cut off is said by an ellipsis. */
export function fit(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let width = 1;
  let kept = '';
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Exactly so many columns. */
export const column = (text: string, columns: number): string => {
  const fitted = fit(text, columns);
  return fitted + ' '.repeat(Math.max(0, columns - textWidth(fitted)));
};

/** Without control characters: what a blueprint's code says must not move the cursor or change colours. */
export const withoutControls = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');

/** One line without control characters, and without spaces around it. */
export const oneLine = (text: string): string => withoutControls(text).trim();

/** A duration as people read it: `87 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1_000) return `${whole} ms`;
  if (whole < 59_950) return `${(whole / 1_000).toFixed(1)} s`;
  const seconds = Math.round(whole / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}
