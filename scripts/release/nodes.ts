import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './run.ts';

/** The lines of Node that CI tests. */
const MAJORS = [20, 22, 24];

/** Those that this process does not run on. */
export const otherMajors = (version = process.versions.node): readonly number[] =>
  MAJORS.filter((major) => major !== Number.parseInt(version, 10));

/** Gets a Node from the registry of npm, for this system. Answers the folder of its program, or undefined where there is none. */
export async function fetchNode(major: number): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), `iceos-node-${major}-`));
  const name = `node-${process.platform}-${process.arch}`;
  try {
    await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `${name}@${major}`], { cwd: folder });
    return path.join(folder, 'node_modules', name, 'bin');
  } catch (error) {
    // Anything else, such as a registry that does not answer, is no reason to release without the tests.
    if (error instanceof Error && /\b(E404|ETARGET|EBADPLATFORM)\b/.test(error.message)) return undefined;
    throw error;
  }
}
