const ESC = '\u001B[';

/** How words are set off; every function gives plain text back when colours are off. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const code =
  (on: number, off: number) =>
  (text: string): string =>
    text === '' ? '' : `${ESC}${on}m${text}${ESC}${off}m`;
const plain = (text: string): string => text;

export const PLAIN: Style = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

const COLOURED: Style = {
  bold: code(1, 22),
  dim: code(2, 22),
  red: code(31, 39),
  green: code(32, 39),
  yellow: code(33, 39),
  cyan: code(36, 39),
};

/** The style for a terminal with or without colours. */
export const createStyle = (colours: boolean): Style => (colours ? COLOURED : PLAIN);
