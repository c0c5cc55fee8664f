import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './build.ts';

const execute = promisify(execFile);

/** The answer of a git command, or undefined where git refuses it. */
export async function git(...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await execute('git', [...args], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch {
    return undefined;
  }
}

/** All files that are written by people or committed: tracked ones and new ones, without what .gitignore names. */
export async function repositoryFiles(): Promise<readonly string[]> {
  const listed = await git('ls-files', '--cached', '--others', '--exclude-standard');
  if (listed === undefined) throw new Error('This check needs a git checkout.');
  return listed.split('\n').filter((file) => file !== '' && existsSync(path.join(ROOT, file)));
}

/** What users have, to compare with: the last release, else the main branch; on that branch itself, the commit before. */
export async function baseline(): Promise<string | undefined> {
  const tag = (await git('describe', '--tags', '--abbrev=0', '--match', 'v*'))?.trim();
  if (tag !== undefined) return tag;
  const [main, here] = [await git('rev-parse', '--verify', 'origin/main'), await git('rev-parse', 'HEAD')];
  if (main !== undefined && main !== here) return 'origin/main';
  return (await git('rev-parse', '--verify', 'HEAD~1')) === undefined ? undefined : 'HEAD~1';
}

/** The text of a file of the repository. */
export const readText = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8');

/** Prints the faults and sets the exit code, or prints what is well. */
export function report(faults: readonly string[], well: string): void {
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(well);
}
