import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A fenced block of a page of the documentation. */
export interface CodeBlock {
  /** `docs/api.md:12`, the line of the fence. */
  readonly place: string;
  readonly text: string;
}

/** The blocks of one language in all pages: README.md and everything below docs. */
export async function codeBlocks(language: string): Promise<readonly CodeBlock[]> {
  const below = await readdir('docs', { recursive: true });
  const pages = [
    'README.md',
    ...below.filter((file) => file.endsWith('.md')).map((file) => path.posix.join('docs', file)),
  ];
  const blocks = await Promise.all(
    pages.sort().map(async (page) => blocksIn(page, await readFile(page, 'utf8'), language)),
  );
  return blocks.flat();
}

function blocksIn(page: string, text: string, language: string): readonly CodeBlock[] {
  const found: CodeBlock[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^ *```(\w*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1] ?? '', line: index + 1, lines: [] };
    else {
      if (open.language === language) found.push({ place: `${page}:${open.line}`, text: open.lines.join('\n') });
      open = undefined;
    }
  }
  return found;
}
