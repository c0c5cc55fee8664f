import { createConfinedLaunching } from './confined-launching.ts';
import type { Groups } from './cgroup.ts';
import type { Launching } from './launch.ts';
import type { LauncherFile } from './launcher-file.ts';
import { findNodeFiles } from './room.ts';
import type { SandboxSettings } from './sandbox-settings.ts';
import { assembleFilter } from './seccomp/assemble.ts';
import { jsProfile, shellProfile } from './seccomp/profiles.ts';

export interface LayerParts {
  readonly launcher: LauncherFile;
  readonly workerBundle: string;
  /** The server is root and has the ids of workers: they become users of their own. */
  readonly isRoot: boolean;
  readonly sandbox: SandboxSettings;
  readonly groups: Groups | undefined;
  readonly interpreters: Readonly<Record<string, string>>;
  /** Whether the kernel tells whose children are whose. */
  readonly listsChildren: boolean;
  /** After which a worker that is not ready will not be. */
  readonly readyMs?: number | undefined;
}

/** Workers of one layer, with all that the operator has set. */
export function openLayer(layer: 'base' | 'full', parts: LayerParts): Launching {
  const { launcher, workerBundle, isRoot, sandbox, groups, interpreters, listsChildren, readyMs } = parts;
  const { file, architecture } = launcher;
  return createConfinedLaunching({
    layer,
    launcher: file,
    architecture,
    workerBundle,
    node: findNodeFiles(),
    filters: { js: assembleFilter(jsProfile, architecture), shell: assembleFilter(shellProfile, architecture) },
    interpreters,
    listsChildren,
    bounds: sandbox,
    groups,
    isRoot,
    readyMs,
  });
}
