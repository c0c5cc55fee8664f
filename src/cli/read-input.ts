import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CommandFailure, EXIT } from './exit-code.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** The text of a file; `-` is standard input. */
export const readTextFile = async (file: string): Promise<string> => new TextDecoder().decode(await readBytes(file));

/** The same, to the byte: what is no UTF-8 is refused, where else a letter would stand in its place. */
export async function readExactText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CommandFailure(EXIT.badInput, `${file} is no text in UTF-8. Give bytes in base64: base64 < ${file}`);
  }
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(process.stdin) : await readFile(file);
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
