import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailure, EXIT } from './exit-code.ts';

/** Markdown, text and code; everything else is passed over. */
const ENDINGS = new Set(
  (
    '.md .mdx .markdown .txt .rst .adoc .org .ts .tsx .mts .cts .js .jsx .mjs .cjs .py .rb .go .rs .java .kt .scala .swift ' +
    '.c .h .cc .cpp .hpp .cs .php .pl .lua .r .jl .ex .exs .erl .hs .clj .sh .bash .zsh .ps1 .sql .graphql .proto .css .scss ' +
    '.html .xml .yaml .yml .toml .json .ini .tf'
  ).split(' '),
);
const PASSED_OVER = new Set([
  'node_modules',
  'generated',
  'dist',
  'build',
  'target',
  'vendor',
  'coverage',
  '__pycache__',
]);
const MAX_FILES = 10_000;
const MAX_FILE_BYTES = 1_048_576;

export interface TextFile {
  /** Below the folder, with `/`. */
  readonly file: string;
  readonly text: string;
}

/** The text files below a folder by name, one after the other; hidden ones, links and what is no text are passed over. */
export async function* readFolder(folder: string): AsyncGenerator<TextFile> {
  const found = await filesBelow(folder);
  for (const file of found.toSorted()) {
    const absolute = path.join(folder, file);
    if ((await stat(absolute)).size > MAX_FILE_BYTES) continue;
    const bytes = await readFile(absolute);
    if (bytes.includes(0)) continue;
    yield { file: file.split(path.sep).join('/'), text: new TextDecoder('utf-8').decode(bytes) };
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const open = [''];
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    const entries = await readdir(path.join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(EXIT.badInput, `${folder} cannot be read as a folder: ${reason}`);
    });
    for (const entry of entries) {
      if (entry.name.startsWith('.') || PASSED_OVER.has(entry.name)) continue;
      const name = path.join(below, entry.name);
      if (entry.isDirectory()) open.push(name);
      else if (entry.isFile() && ENDINGS.has(path.extname(entry.name).toLowerCase())) found.push(name);
    }
    if (found.length > MAX_FILES)
      throw new CommandFailure(
        EXIT.badInput,
        `${folder} has more than ${MAX_FILES} text files. Index its folders one by one.`,
      );
  }
  return found;
}
