import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { err, ok, type Result } from '../core/result.ts';

const execute = promisify(execFile);
/** A schema of this size has a hundred thousand fields. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The text of a file at a revision of the git checkout that this process is in, or what git says. */
export async function gitShow(object: string): Promise<Result<string, string>> {
  try {
    const { stdout } = await execute('git', ['show', '--end-of-options', object], { maxBuffer: MAX_BYTES });
    return ok(stdout);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return err('git is not installed');
    // The error of a program that ended with a code carries what it said.
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return err(said.trim().replace(/^fatal: /, ''));
  }
}
