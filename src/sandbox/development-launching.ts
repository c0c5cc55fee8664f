import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { MIB } from '../core/units.ts';
import { untilDrained, type LaunchedWorker, type Launching } from './launch.ts';
import { heapMib } from './worker-limits.ts';
import { killTree } from './process-tree.ts';
import { startReaper, type Reaper } from './reaper.ts';

export interface DevelopmentLaunchingSettings {
  /** Absolute path of the worker's bundle. */
  readonly workerBundle: string;
  /** Where scratch folders are made. Default: the system's folder for temporary files. */
  readonly scratchFolder?: string | undefined;
  readonly platform?: string | undefined;
}

interface Ground {
  readonly scratchRoot: string;
  readonly reaper: Reaper;
}

/** About what Node takes by itself. */
const IDLE_BYTES = 48 * MIB;

/** Processes with a scratch folder, an empty environment and a process group of their own. Nothing confines them. */
export function createDevelopmentLaunching(settings: DevelopmentLaunchingSettings): Launching {
  const platform = settings.platform ?? process.platform;
  let ground: Promise<Ground> | undefined;

  async function prepare(): Promise<Ground> {
    const scratchRoot = await mkdtemp(path.join(await realpath(settings.scratchFolder ?? tmpdir()), 'iceos-sandbox-'));
    return { scratchRoot, reaper: startReaper(scratchRoot, platform) };
  }

  function ready(): Promise<Ground> {
    ground ??= prepare().catch((error: unknown) => {
      ground = undefined; // a full or missing folder for temporary files may be mended
      throw error;
    });
    return ground;
  }

  return {
    layer: 'development',
    bytesOf: ({ memoryBytes }) => memoryBytes + IDLE_BYTES,
    async launch(wanted) {
      if (wanted.profile === 'shell') throw new Error('Tools in other languages need the full layer of the sandbox.');
      const { scratchRoot, reaper } = await ready();
      const scratch = await mkdtemp(path.join(scratchRoot, 'w-'));
      return start({ heapMib: heapMib(wanted), scratch, reaper, platform, workerBundle: settings.workerBundle });
    },
    async close() {
      const prepared = await ground;
      await prepared?.reaper.close();
      if (prepared !== undefined) await rm(prepared.scratchRoot, { recursive: true, force: true });
    },
  };
}

interface Start {
  readonly heapMib: number;
  readonly scratch: string;
  readonly reaper: Reaper;
  readonly platform: string;
  readonly workerBundle: string;
}

async function start({ heapMib, scratch, reaper, platform, workerBundle }: Start): Promise<LaunchedWorker> {
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMib}`, '--no-warnings', workerBundle], {
    cwd: scratch,
    env: {},
    detached: platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const { pid, stdout, stderr } = child;
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
  child.on('error', () => undefined);
  reaper.watch(pid);
  const frames = child.stdio[3];
  if (!(frames instanceof Duplex) || stdout === null || stderr === null) throw new Error('A worker has no pipes.');
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  return {
    pid,
    frames,
    stdout,
    stderr,
    confinement: { profile: 'js', layer: 'development', processes: 0, scratchBytes: 0 },
    ended: untilDrained(child),
    inside: (folder) => folder,
    attest: () => Promise.resolve(undefined), // it promises nothing
    beginCall: () => undefined,
    rest: () => Promise.resolve(undefined),
    async end() {
      const gone = await killTree({ pid, scratch }, platform);
      await exited;
      reaper.forget(pid);
      await removeFolder(scratch);
      return { gone };
    },
  };
}

/** Most scratch folders are empty, and `rmdir` is one call. */
async function removeFolder(folder: string): Promise<void> {
  await rmdir(folder).catch(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
}
