import { setTimeout as delay } from 'node:timers/promises';
import { isChildless, listProcesses, workingFolder, type ProcessEntry } from './proc.ts';

/** A worker as the root of a tree: its group, its session and its scratch folder mark what it started. */
export interface TreeRoot {
  readonly pid: number;
  readonly scratch: string;
}

/** After this many rounds a tree that still grows is reported. */
const MAX_ROUNDS = 200;

/**
 * Kills a worker and everything that it started, and resolves when all of it is gone; false when something resisted.
 * Without /proc (macOS, Windows) only the process group is known.
 */
export async function killTree(root: TreeRoot, platform: string): Promise<boolean> {
  // The usual end of a call: a few reads instead of a walk through all processes.
  if (platform === 'linux' && isChildless(root.pid)) {
    killGroup(root.pid, platform);
    return true;
  }
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const strays = platform === 'linux' ? await findTree(root) : [];
    killGroup(root.pid, platform);
    for (const stray of strays) kill(stray.pid);
    if (strays.length === 0 && !groupExists(root.pid, platform)) return true;
    await delay(Math.min(50, 1 + round));
  }
  return false;
}

/** Everything that descends from the worker, shares its group or session, or works in its scratch; zombies do not count. */
async function findTree({ pid, scratch }: TreeRoot): Promise<readonly ProcessEntry[]> {
  const all = await listProcesses();
  const members = new Set([pid]);
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const entry of all) {
      if (members.has(entry.parent) || entry.group === pid || entry.session === pid) members.add(entry.pid);
    }
  }
  const found: ProcessEntry[] = [];
  for (const entry of all) {
    if (entry.state === 'Z' || entry.pid === process.pid) continue;
    if (members.has(entry.pid) || isWithin(await workingFolder(entry.pid), scratch)) found.push(entry);
  }
  return found;
}

const isWithin = (folder: string | undefined, scratch: string): boolean =>
  folder !== undefined && (folder === scratch || folder.startsWith(`${scratch}/`) || folder === `${scratch} (deleted)`);

function killGroup(pid: number, platform: string): void {
  if (platform === 'win32') kill(pid);
  else kill(-pid);
}

function groupExists(pid: number, platform: string): boolean {
  try {
    process.kill(platform === 'win32' ? pid : -pid, 0);
    // On Linux the walk has just seen that only zombies are left, which somebody else will reap.
    return platform !== 'linux';
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already: what we want.
  }
}
