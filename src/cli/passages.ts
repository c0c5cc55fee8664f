/** A piece of a file, short enough that a model of embeddings reads most of it. */
export interface Passage {
  readonly text: string;
  /** Where it begins, from 1 on. */
  readonly line: number;
}

/** In UTF-16 code units. */
export const MAX_PASSAGE = 1_500;

/** Cuts a text at the borders of its paragraphs; one that is too long at its lines, and a line that is too long where it must be. */
export function passagesOf(text: string, max = MAX_PASSAGE): readonly Passage[] {
  const passages: Passage[] = [];
  let open: Passage | undefined;
  const close = (): void => {
    if (open !== undefined && open.text.trim() !== '') passages.push({ ...open, text: open.text.trimEnd() });
    open = undefined;
  };
  for (const paragraph of paragraphsOf(text, max)) {
    // Lines between the two stay, so that what is shown is what stands there.
    const gap = open === undefined ? '' : '\n'.repeat(Math.max(paragraph.line - lastLineOf(open), 1));
    if (open !== undefined && open.text.length + gap.length + paragraph.text.length <= max)
      open = { ...open, text: open.text + gap + paragraph.text };
    else {
      close();
      open = paragraph;
    }
  }
  close();
  return passages;
}

const lastLineOf = ({ text, line }: Passage): number => line + text.split('\n').length - 1;

/** Paragraphs, and parts of those that are longer than a passage may be. */
function* paragraphsOf(text: string, max: number): Generator<Passage> {
  let lines: string[] = [];
  let first = 1;
  let length = 0;
  const taken = (): Passage => ({ text: lines.join('\n'), line: first });
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const isBlank = line.trim() === '';
    if (lines.length > 0 && (isBlank || length + line.length > max)) {
      yield taken();
      lines = [];
      length = 0;
    }
    if (isBlank) continue;
    const parts = partsOf(line, max);
    for (const part of parts.slice(0, -1)) yield { text: part, line: index + 1 };
    if (lines.length === 0) first = index + 1;
    const rest = parts.at(-1) ?? '';
    lines.push(rest);
    length += rest.length + 1;
  }
  if (lines.length > 0) yield taken();
}

/** Never through a character that takes two places. */
function partsOf(line: string, max: number): readonly string[] {
  const parts: string[] = [];
  for (let from = 0; from < line.length;) {
    const end = Math.min(from + max, line.length);
    const splits = end < line.length && /[\uD800-\uDBFF]/.test(line.charAt(end - 1));
    const to = splits && end - 1 > from ? end - 1 : end;
    parts.push(line.slice(from, to));
    from = to;
  }
  return parts;
}
