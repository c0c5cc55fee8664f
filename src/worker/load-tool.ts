import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ToolRun } from '../protocol/tool-context.ts';

/** Imports the entry of a tool's folder; the entry may not lie outside it. */
export async function loadTool(tool: {
  readonly name: string;
  readonly folder: string;
  readonly entry: string;
}): Promise<ToolRun> {
  const file = path.resolve(tool.folder, tool.entry);
  const relative = path.relative(tool.folder, file);
  if (relative.startsWith('..') || path.isAbsolute(relative))
    throw new Error(`The entry of tool ${tool.name} lies outside its folder.`);
  // eslint-disable-next-line no-restricted-syntax -- what it imports is a tool, which nobody names beforehand
  const module: unknown = await import(pathToFileURL(file).href);
  if (typeof module === 'object' && module !== null && 'run' in module && typeof module.run === 'function') {
    return module.run as ToolRun; // what it answers is checked when it is turned into JSON
  }
  throw new Error(`The entry ${tool.entry} of tool ${tool.name} does not export a function "run".`);
}
