import path from 'node:path';
import ts from 'typescript';
import { LAYERS, OWNED_LIBRARIES, ROOT_FILES, ROOT_FOLDER, WAYS_OUT } from './layers.ts';

/** One file of `src` and what it imports, as written. */
export interface SourceFile {
  /** Below `src`, with `/`. */
  readonly path: string;
  readonly imports: readonly string[];
}

/** The module specifiers of a source text: static, dynamic, of types, and re-exports. */
export function importsOf(text: string): readonly string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
}

const rootFiles: readonly string[] = ROOT_FILES;

/** The folder of a file; undefined for what connects the folders. */
function layerOf(file: string): string | undefined {
  const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined;
  return folder === ROOT_FOLDER ? undefined : folder;
}

/** `node:fs/promises` gives `fs`, `drizzle-orm/pg-core` gives `drizzle-orm`, `@a/b/c` gives `@a/b`. */
export function libraryOf(specifier: string): string {
  const parts = specifier.replace(/^node:/, '').split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

function relativeFault(file: SourceFile, specifier: string): string | undefined {
  const target = path.posix.join(path.posix.dirname(file.path), specifier);
  if (target.startsWith('..')) return `src/${file.path} imports ${specifier}, which lies outside src.`;
  const from = layerOf(file.path);
  const to = layerOf(target);
  if (to === undefined) return `src/${file.path} imports src/${target}, which only connects parts: nothing imports it.`;
  if (from === undefined || from === to) return undefined;
  const allowed = LAYERS[from] ?? [];
  if (allowed.includes(to)) return undefined;
  return `src/${file.path} imports ${to}, but ${from} may import only: ${allowed.join(', ') || 'nothing of ours'}.`;
}

function libraryFault(file: SourceFile, specifier: string): string | undefined {
  const owners = OWNED_LIBRARIES[libraryOf(specifier)];
  const layer = layerOf(file.path);
  if (owners === undefined || (layer === undefined && !WAYS_OUT.includes(libraryOf(specifier)))) return undefined;
  if (layer !== undefined && owners.includes(layer)) return undefined;
  return `src/${file.path} imports ${specifier}, which belongs to ${owners.join(', ')}.`;
}

function fileFaults(file: SourceFile): readonly (string | undefined)[] {
  const layer = layerOf(file.path);
  if (layer === undefined && !rootFiles.includes(file.path) && !file.path.includes('/')) {
    return [`src/${file.path} lies in no folder. Only ${rootFiles.join(', ')} do.`];
  }
  if (layer !== undefined && LAYERS[layer] === undefined) {
    return [`src/${file.path}: the folder ${layer} stands in no row of scripts/layers.ts.`];
  }
  return file.imports.map((specifier) => {
    if (!specifier.startsWith('.')) return libraryFault(file, specifier);
    // A root file may import anything, also another root file.
    return layer === undefined ? undefined : relativeFault(file, specifier);
  });
}

/** Every import that the table of the layers does not allow, as a sentence. */
export function layerFaults(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(fileFaults).filter((fault) => fault !== undefined);
}
