import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch } from 'node:os';
import path from 'node:path';
import { LAUNCHER_DIGESTS } from './generated/launcher-digests.ts';
import type { CustomLauncher } from './sandbox-settings.ts';
import type { Architecture } from './seccomp/syscall-numbers.ts';

const ARCHITECTURES: Readonly<Record<string, Architecture>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The launcher of this machine's architecture, as the package has it or as the operator has built it. */
export interface LauncherFile {
  readonly file: string;
  readonly architecture: Architecture;
  readonly sha256: string;
  readonly isCustom: boolean;
}

export interface FindLauncherOptions {
  /** As Node names it. Default: this machine's. */
  readonly cpu?: string | undefined;
  /** Instead of the package's. */
  readonly custom?: CustomLauncher | undefined;
}

/** Finds the launcher and checks that it is the one that was built; else a sentence that says what is wrong. */
export async function findLauncher(
  folder: string,
  { cpu = arch(), custom }: FindLauncherOptions = {},
): Promise<LauncherFile | string> {
  const architecture = ARCHITECTURES[cpu];
  if (architecture === undefined) return `There is no launcher for ${cpu}; there is one for x64 and for arm64.`;
  const file = custom?.file ?? path.join(folder, `launcher-${architecture}`);
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined) {
    return custom === undefined
      ? `The launcher ${file} is missing. Install the package again.`
      : `The launcher ${file} (ICEOS_LAUNCHER) is missing or cannot be read.`;
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const wanted = custom?.sha256 ?? LAUNCHER_DIGESTS[architecture];
  if (sha256 === wanted) return { file, architecture, sha256, isCustom: custom !== undefined };
  const remedy =
    custom === undefined
      ? 'Install the package again.'
      : 'Set ICEOS_LAUNCHER_SHA256 to the digest of the launcher that you have built and read.';
  return `The launcher ${file} is not the one that it should be: its SHA-256 is ${sha256} instead of ${wanted}. ${remedy}`;
}
