/** A place in a text, both counted from 1, as editors show it. */
export interface SourcePlace {
  readonly line: number;
  readonly column: number;
}

/** Where the parts of a document stand in the text that it was parsed from. */
export interface SourceMap {
  /** The place of a JSON Pointer, or of the nearest part around it that is there. */
  placeOf(pointer: string): SourcePlace | undefined;
}

/** The place of an offset, in UTF-16 units, in a text. */
export function placeAt(text: string, offset: number): SourcePlace {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
