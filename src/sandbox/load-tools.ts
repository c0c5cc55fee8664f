import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';

/** What is wrong with one tool's folder. */
export interface ToolFault {
  /** Absolute path of its `tool.json`. */
  readonly file: string;
  readonly message: string;
}

interface Manifest {
  readonly name: string;
  readonly entry: string;
}

/**
 * Reads every folder directly below the roots that holds a `tool.json`: all tools by name, or all that is wrong with them. The code
 * beside a manifest is not read, only that it is there. `parse` is the registry's, handed in as sandbox does not know it.
 */
export async function loadTools<M extends Manifest>(
  roots: readonly string[],
  parse: (json: unknown) => Result<M, readonly Issue[]>,
): Promise<Result<readonly (M & { readonly folder: string })[], readonly ToolFault[]>> {
  const read = (await Promise.all(roots.map((root) => readRoot(root, parse)))).flat();
  const tools = read.flatMap((result) => (result?.ok === true ? [result.value] : []));
  const faults = read.flatMap((result) => (result?.ok === false ? result.error : []));
  for (const tool of tools) {
    const first = tools.find((other) => other.name === tool.name);
    if (first === tool || first === undefined) continue;
    const file = path.join(tool.folder, 'tool.json');
    faults.push({ file, message: `The tool ${tool.name} is in ${first.folder} already.` });
  }
  return faults.length > 0 ? err(faults) : ok(tools);
}

type Read<M> = Result<M & { readonly folder: string }, readonly ToolFault[]> | undefined;

async function readRoot<M extends Manifest>(
  root: string,
  parse: (json: unknown) => Result<M, readonly Issue[]>,
): Promise<readonly Read<M>[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(root, entry.name));
    return await Promise.all(folders.sort().map((folder) => readTool(folder, parse)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [err([{ file: root, message: `The folder cannot be read: ${why}` }])];
  }
}

/** Undefined for a folder without a manifest. */
async function readTool<M extends Manifest>(
  folder: string,
  parse: (json: unknown) => Result<M, readonly Issue[]>,
): Promise<Read<M>> {
  const file = path.join(folder, 'tool.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const manifest = parse(toJson(text));
  if (!manifest.ok) return err(manifest.error.map((issue) => ({ file, message: `${issue.path}: ${issue.message}` })));
  const realFolder = await realpath(folder);
  const entry = path.resolve(realFolder, manifest.value.entry);
  const isThere = await stat(entry).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!entry.startsWith(realFolder + path.sep) || !isThere) {
    return err([{ file, message: `Its entry ${manifest.value.entry} is no file of the folder. Has it been built?` }]);
  }
  return ok({ ...manifest.value, folder: realFolder });
}

/** Undefined, which no manifest is, for text that is no JSON. */
function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
