import path from 'node:path';
import { createConfinedLaunching, type ConfinedLaunchingSettings } from '../../src/sandbox/confined-launching.ts';
import { findGroups } from '../../src/sandbox/cgroup.ts';
import type { WorkerClass } from '../../src/sandbox/launch.ts';
import { findLauncher } from '../../src/sandbox/launcher-file.ts';
import { findNodeFiles } from '../../src/sandbox/room.ts';
import { assembleFilter } from '../../src/sandbox/seccomp/assemble.ts';
import { jsProfile, shellProfile } from '../../src/sandbox/seccomp/profiles.ts';
import { DEFAULT_BOUNDS } from '../../src/sandbox/worker-limits.ts';
import { MIB } from '../../src/core/units.ts';
import { WORKER_BUNDLE } from './sandbox.ts';

/** Where the test set-up puts the launchers. */
export const LAUNCHERS = path.resolve('dist/launchers');

/** Programs that every Debian has. */
export const INTERPRETERS = { sh: '/bin/sh', python3: '/usr/bin/python3' } as const;

/** The layers that this machine is expected to have, with and without control groups. */
export const LAYERS = process.platform === 'linux' ? (['full', 'base'] as const) : [];

/** The settings of the launching that the server would use here, in a layer. */
export async function confinedSettings(
  layer: 'base' | 'full',
  overrides: Partial<ConfinedLaunchingSettings> = {},
): Promise<ConfinedLaunchingSettings> {
  const found = await findLauncher(LAUNCHERS);
  if (typeof found === 'string') throw new Error(found);
  const { file: launcher, architecture } = found;
  return {
    layer,
    launcher,
    architecture,
    workerBundle: WORKER_BUNDLE,
    node: findNodeFiles(),
    filters: { js: assembleFilter(jsProfile, architecture), shell: assembleFilter(shellProfile, architecture) },
    interpreters: INTERPRETERS,
    bounds: DEFAULT_BOUNDS,
    isRoot: process.getuid?.() === 0,
    ...overrides,
  };
}

export const confinedLaunching = async (
  layer: 'base' | 'full',
  overrides: Partial<ConfinedLaunchingSettings> = {},
): Promise<ReturnType<typeof createConfinedLaunching>> =>
  createConfinedLaunching(await confinedSettings(layer, overrides));

const groups = await findGroups();

/** Whether the whole tree of a worker can be bounded here: an ordinary user is seldom given control groups. */
export const HAS_GROUPS = groups.ok;

/** With the control groups of this machine; throws where there are none. */
export async function groupedLaunching(layer: 'base' | 'full'): ReturnType<typeof confinedLaunching> {
  if (!groups.ok) throw new Error(groups.error);
  return confinedLaunching(layer, { groups: groups.value });
}

/** Workers of code with 64 MiB. */
export const SMALL_CLASS: WorkerClass = { profile: 'js', memoryBytes: 64 * MIB, folders: [], reused: false };
