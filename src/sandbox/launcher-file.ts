import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch } from 'node:os';
import path from 'node:path';
import { LAUNCHER_DIGESTS } from './generated/launcher-digests.ts';
import type { Architecture } from './seccomp/syscall-numbers.ts';

const ARCHITECTURES: Readonly<Record<string, Architecture>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The launcher of this machine's architecture, as the package has it. */
export interface LauncherFile {
  readonly file: string;
  readonly architecture: Architecture;
}

/** Finds the launcher and checks that it is the one that was built; else a sentence that says what is wrong. */
export async function findLauncher(folder: string, cpu: string = arch()): Promise<LauncherFile | string> {
  const architecture = ARCHITECTURES[cpu];
  if (architecture === undefined) return `There is no launcher for ${cpu}; there is one for x64 and for arm64.`;
  const file = path.join(folder, `launcher-${architecture}`);
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined) return `The launcher ${file} is missing. Install the package again.`;
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest === LAUNCHER_DIGESTS[architecture]) return { file, architecture };
  return `The launcher ${file} is not the one of this release: its SHA-256 is ${digest}. Install the package again.`;
}
