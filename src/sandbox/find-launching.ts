import { MIB, SECOND_MS } from '../core/units.ts';
import { createConfinedLaunching } from './confined-launching.ts';
import { createDevelopmentLaunching } from './development-launching.ts';
import type { Launching } from './launch.ts';
import { findLauncher } from './launcher-file.ts';
import { findNodeFiles } from './room.ts';
import { assembleFilter } from './seccomp/assemble.ts';
import { jsProfile, shellProfile } from './seccomp/profiles.ts';
import { findGroups } from './cgroup.ts';
import { DEFAULT_BOUNDS } from './worker-limits.ts';
import { createWorker } from './worker-process.ts';

export interface FindLaunchingSettings {
  readonly setting: 'best-available' | 'development';
  /** Absolute folder of the launchers. */
  readonly launchers: string;
  /** Absolute path of the worker's bundle. */
  readonly workerBundle: string;
  readonly platform?: string | undefined;
}

/** The way of starting workers that this machine allows. */
export interface FoundLaunching {
  readonly launching: Launching;
  /** One line for the operator: which layer, and why none above it. */
  readonly note: string;
}

/** A probe goes through the whole launch, as refusals come late. */
const PROBE_MS = 10 * SECOND_MS;
const PROBE_MEMORY_BYTES = 64 * MIB;

const PROMISES = {
  full: 'Tools and code see Node, their own files, granted folders and an empty scratch folder; they have no network and start no process.',
  base: 'Tools and code read Node, their own files and granted folders, and write nothing; they have no network and start no process.',
} as const;

/** Tries the layers from the strongest on; says of each that is missing why. */
export async function findLaunching(settings: FindLaunchingSettings): Promise<FoundLaunching> {
  const { setting, launchers, workerBundle, platform = process.platform } = settings;
  const development = (why: string): FoundLaunching => ({
    launching: createDevelopmentLaunching({ workerBundle, platform }),
    note: `Sandbox: development (${why}). Tools and code run in processes of their own with timeouts and output limits; nothing confines them.`,
  });
  if (setting === 'development') return development('as asked for');
  if (platform !== 'linux') return development(`there is no confinement on ${platform}`);
  const launcher = await findLauncher(launchers);
  if (typeof launcher === 'string') return development(launcher);
  const { file, architecture } = launcher;
  const filters = { js: assembleFilter(jsProfile, architecture), shell: assembleFilter(shellProfile, architecture) };
  const found = await findGroups();
  const node = findNodeFiles();
  const missing: string[] = [];
  for (const layer of ['full', 'base'] as const) {
    const isRoot = process.getuid?.() === 0;
    const launching = createConfinedLaunching({
      layer,
      launcher: file,
      architecture,
      workerBundle,
      node,
      filters,
      interpreters: {},
      bounds: DEFAULT_BOUNDS,
      groups: found.ok ? found.value : undefined,
      isRoot,
    });
    const fault = await probe(launching);
    if (fault === undefined) {
      const why = missing.length === 0 ? '' : ` (${missing.join('; ')})`;
      return { launching, note: `Sandbox: ${layer}${why}. ${PROMISES[layer]}` };
    }
    missing.push(`${layer} is not possible here: ${fault}`);
    await launching.close();
  }
  return development(missing.join('; '));
}

/** Launches one worker and looks at it; why that did not work, else undefined. */
export async function probe(launching: Launching): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const worker = createWorker(
      await launching.launch({ profile: 'js', memoryBytes: PROBE_MEMORY_BYTES, folders: [], reused: false }),
    );
    try {
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), PROBE_MS);
      });
      const ready = await Promise.race([worker.ready, late]);
      return ready === undefined ? 'the worker did not start' : ready.fault;
    } finally {
      clearTimeout(timer);
      await worker.end();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
