import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { CommandFailure, EXIT } from './exit-code.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** The text of a file; `-` is standard input. */
export async function readTextFile(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const reason = codeOf(error) === 'ENOENT' ? 'there is no such file' : codeOf(error);
    throw new CommandFailure(EXIT.badInput, `${file} cannot be read: ${reason}.`);
  }
}

/** The value of `--input`: JSON, or `@file` with JSON in it (`@-` reads standard input). */
export async function readInput(argument: string): Promise<unknown> {
  const source = argument.startsWith('@') ? await readTextFile(argument.slice(1)) : argument;
  try {
    return JSON.parse(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw new CommandFailure(
      EXIT.badInput,
      `--input is no JSON: ${reason}\nGive JSON, for example --input '{"name":"Ada"}', or @file.json.`,
    );
  }
}

/** The key that the server wrote into its data folder; undefined when there is none. */
export async function readKeyFile(dataDir: string): Promise<string | undefined> {
  try {
    const key = await readFile(path.join(dataDir, 'key'), 'utf8');
    return key.trim() === '' ? undefined : key.trim();
  } catch {
    return undefined;
  }
}
