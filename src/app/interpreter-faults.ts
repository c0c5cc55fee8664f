import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Config } from '../config.ts';
import { findInterpreters } from '../sandbox/find-interpreters.ts';
import { findInterpreterFiles, ownFolderOf } from '../sandbox/room.ts';
import type { InstallationPaths } from './installation.ts';

const KEPT_FILES = ['secretsFile', 'secretKeyFile', 'secretPreviousKeyFile', 'auditKeyFile'] as const;
type KeptFile = (typeof KEPT_FILES)[number];

/** What is wrong with the programs of ICEOS_SHELL_INTERPRETERS, a sentence each; empty where all may be used. */
export async function interpreterFaults(
  { interpreters, dataDir, ...files }: Pick<Config, 'interpreters' | 'dataDir'> & Partial<Pick<Config, KeptFile>>,
  { root }: Pick<InstallationPaths, 'root'>,
): Promise<readonly string[]> {
  if (interpreters.length === 0) return [];
  const asked = Object.fromEntries(interpreters.map(({ name, path: file }) => [name, file]));
  const { found, missing } = await findInterpreters(asked);
  const keepsFrom = await Promise.all(
    [root, dataDir, ...KEPT_FILES.map((file) => files[file])].filter((file) => file !== undefined).map(realPath),
  );
  const homes = await Promise.all(['/root', '/home', homedir()].map(realPath));
  const faults = missing.map(([name, file]) => `${name} is no program at ${file}.`);
  for (const [name, file] of Object.entries(found)) {
    const folder = ownFolderOf(findInterpreterFiles(file).program);
    const fault = folder === undefined ? undefined : await folderFault(folder, { keepsFrom, homes });
    if (folder !== undefined && fault !== undefined) faults.push(tooMuch(name, folder, fault));
  }
  return faults.map((fault) => `ICEOS_SHELL_INTERPRETERS: ${fault}`);
}

const tooMuch = (name: string, folder: string, why: string): string =>
  `${name} would show every tool that uses it all of ${folder}, ${why}. Install it in a folder of its own, such as /opt/${name}.`;

/** Such a folder is what a tool sees of the machine; undefined where it holds an interpreter and nothing else. */
async function folderFault(
  folder: string,
  { keepsFrom, homes }: { readonly keepsFrom: readonly string[]; readonly homes: readonly string[] },
): Promise<string | undefined> {
  if (folder === '/') return 'the whole machine';
  const holds = (file: string): boolean => file === folder || file.startsWith(`${folder}/`);
  if (homes.some(holds) || path.dirname(folder) === '/home') return 'which is or holds a home folder';
  const kept = keepsFrom.find(holds);
  if (kept !== undefined) return `which holds ${kept}`;
  const { mode } = await stat(folder);
  return (mode & 0o002) === 0 ? undefined : 'where anybody may put a program';
}

/** Through links, as the folder of the interpreter is; what is not there yet is where its name says. */
const realPath = (file: string): Promise<string> => realpath(file).catch(() => path.resolve(file));
