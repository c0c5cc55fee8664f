import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { repositoryFiles } from '../../scripts/repository.ts';

/** A fenced block of a page of the repository. */
export interface CodeBlock {
  readonly page: string;
  /** `docs/api.md:12`, the line of the fence. */
  readonly place: string;
  readonly language: string;
  /** What the fence says behind the language: `file=NAME` names a file of a guide, `no-run: why` what is not run. */
  readonly info: string;
  readonly text: string;
}

let read: Promise<readonly CodeBlock[]> | undefined;

/** The blocks of all pages, in the order of the pages. */
export function allBlocks(): Promise<readonly CodeBlock[]> {
  read ??= readBlocks();
  return read;
}

/** The blocks of one language in all pages. */
export async function codeBlocks(...languages: readonly string[]): Promise<readonly CodeBlock[]> {
  return (await allBlocks()).filter(({ language }) => languages.includes(language));
}

async function readBlocks(): Promise<readonly CodeBlock[]> {
  const pages = (await repositoryFiles()).filter((file) => file.endsWith('.md') && existsSync(file)).sort();
  const blocks = await Promise.all(pages.map(async (page) => blocksIn(page, await readFile(page, 'utf8'))));
  return blocks.flat();
}

interface Open extends Omit<CodeBlock, 'text'> {
  readonly indent: string;
  readonly lines: string[];
}

/** The blocks of the text of a page. */
export function blocksIn(page: string, text: string): readonly CodeBlock[] {
  const found: CodeBlock[] = [];
  let open: Open | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( *)```(\w*) *(.*)$/.exec(line);
    if (open === undefined) {
      if (fence === null) continue;
      const [, indent = '', language = '', info = ''] = fence;
      open = { page, place: `${page}:${index + 1}`, language, info, indent, lines: [] };
    } else if (fence !== null && fence[2] === '') {
      const { indent, lines, ...block } = open;
      found.push({ ...block, text: lines.map((one) => one.replace(indent, '')).join('\n') });
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) throw new Error(`${open.place}: the block does not end.`);
  return found;
}

/** The file that a block of a guide is; undefined: it is none. */
export const fileOf = ({ info }: CodeBlock): string | undefined => /(?:^| )file=(\S+)/.exec(info)?.[1];

/** Why a block is not run; undefined: it is. */
export const notRun = ({ info }: CodeBlock): string | undefined => /(?:^| )no-run: (.+)$/.exec(info)?.[1];
