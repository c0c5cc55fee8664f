import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Json } from '../../core/json.ts';
import { MIB } from '../../core/units.ts';
import type { ToolContext } from '../../protocol/tool-context.ts';
import { badInput, count, objectInput, oneOf, text } from '../arguments.ts';
import { BODY_FORMS, decodeBody } from '../decode-body.ts';

/** Reads one file of a granted folder. */
export async function run(input: Json, context: Pick<ToolContext, 'folders'>): Promise<Json> {
  const given = objectInput(input);
  const maxBytes = count(given, 'maxBytes', { fallback: 8 * MIB, most: 64 * MIB });
  const form = oneOf(given, 'as', { words: BODY_FORMS, fallback: 'text' });
  const name = text(given, 'path');
  const file = await locate(context.folders, text(given, 'folder'), name);
  const bytes = await readBounded(file, name, maxBytes);
  return { ...decodeBody(bytes, form, `The file ${JSON.stringify(name)}`), bytes: bytes.length };
}

/** The real place of the file, which must lie in the real folder: neither `..` nor a link leads out of it. */
async function locate(folders: ToolContext['folders'], folder: string, name: string): Promise<string> {
  const root = Object.hasOwn(folders, folder) ? folders[folder] : undefined;
  if (root === undefined)
    throw badInput(
      `The folder ${JSON.stringify(folder)} is not granted: the operator must name it (ICEOS_FOLDERS), the policy allow it, and the node ask for it under "grants".`,
    );
  if (path.isAbsolute(name) || name.includes('\0'))
    throw badInput(`${JSON.stringify(name)} is no path within a folder.`);
  const realRoot = await real(root, `The folder ${JSON.stringify(folder)}`);
  const file = await real(path.join(realRoot, name), `The file ${JSON.stringify(name)}`);
  if (!file.startsWith(realRoot.endsWith(path.sep) ? realRoot : realRoot + path.sep)) {
    throw badInput(`${JSON.stringify(name)} lies outside the folder ${JSON.stringify(folder)}.`);
  }
  return file;
}

async function real(place: string, what: string): Promise<string> {
  try {
    return await realpath(place);
  } catch {
    // Also for a place outside: whether something exists there is not for the blueprint to know.
    throw badInput(`${what} does not exist or may not be read.`);
  }
}

async function readBounded(file: string, name: string, maxBytes: number): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    // The link was resolved: one that appears now is refused. Not blocking: a named pipe would wait for a writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size } = await handle.stat().then((stat) => {
      if (!stat.isFile()) throw badInput(`${JSON.stringify(name)} is no file.`);
      return stat;
    });
    if (size > maxBytes) throw badInput(`The file ${JSON.stringify(name)} has ${size} bytes; allowed are ${maxBytes}.`);
    const bytes = await handle.readFile();
    if (bytes.length > maxBytes) throw badInput(`The file ${JSON.stringify(name)} grew beyond ${maxBytes} bytes.`);
    return bytes;
  } finally {
    await handle?.close();
  }
}
