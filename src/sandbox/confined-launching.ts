import { randomInt } from 'node:crypto';
import { constants } from 'node:os';
import { MIB } from '../core/units.ts';
import { attest } from './attest.ts';
import { READY_TIMEOUT_MS, type LaunchedWorker, type Launching, type WorkerClass, type WorkerEnd } from './launch.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { roomOf, type NodeFiles } from './room.ts';
import type { SeccompProgram } from './seccomp/assemble.ts';
import { startSupervisor, type EndedWorker, type Supervisor } from './supervisor.ts';

export interface ConfinedLaunchingSettings {
  readonly layer: 'base' | 'full';
  /** Absolute path of the launcher, whose digest was checked. */
  readonly launcher: string;
  /** Absolute path of the worker's bundle. */
  readonly workerBundle: string;
  readonly node: NodeFiles;
  readonly filter: SeccompProgram;
  /** The server is root: workers become users of their own. */
  readonly isRoot: boolean;
}

/**
 * Users of the machine that belong to nobody else: far above people, services and the ranges of containers. Each server
 * takes a range of its own by chance, so that workers of two servers are not one user.
 */
const FIRST_WORKER_ID = 1_879_048_192;
const WORKER_IDS = 1_000;
const ID_RANGES = 200_000;
const SCRATCH = { bytes: 64 * MIB, files: 4_096 };
const MAX_OPEN_FILES = 256;

/** Workers that the launcher confines. */
export function createConfinedLaunching(settings: ConfinedLaunchingSettings): Launching {
  const { layer, launcher, workerBundle, node, filter, isRoot } = settings;
  const firstId = FIRST_WORKER_ID + randomInt(ID_RANGES) * WORKER_IDS;
  const freeIds = Array.from({ length: isRoot ? WORKER_IDS : 0 }, (_, index) => firstId + index);
  const live = new Set<Supervisor>();

  function planOf(wanted: WorkerClass, id: number | undefined): { plan: LaunchPlan; inside: (f: string) => string } {
    const room = roomOf({ layer, node, workerBundle, folders: wanted.folders });
    const plan: LaunchPlan = {
      layer,
      id,
      binds: room.binds,
      rules: room.rules,
      limits: { CORE: 0, NOFILE: MAX_OPEN_FILES, FSIZE: SCRATCH.bytes, MSGQUEUE: 0, MEMLOCK: 0 },
      scratch: layer === 'full' ? SCRATCH : undefined,
      wallMs: READY_TIMEOUT_MS,
      program: node.binary,
      args: ['node', `--max-old-space-size=${wanted.heapMib}`, '--no-warnings', room.workerBundle],
      filter,
    };
    return { plan, inside: room.inside };
  }

  return {
    layer,
    async launch(wanted) {
      const id = isRoot ? freeIds.shift() : undefined;
      if (isRoot && id === undefined) throw new Error('All users for workers are taken.');
      const { plan, inside } = planOf(wanted, id);
      const supervisor = startSupervisor(launcher, plan);
      live.add(supervisor);
      const over = supervisor.ended.then((record) => {
        live.delete(supervisor);
        // Last in, so that an ID rests as long as it can.
        if (id !== undefined) freeIds.push(id);
        return record;
      });
      const { pid } = await supervisor.started;
      return toLaunched({ supervisor, pid, over, inside, plan });
    },
    async close() {
      for (const supervisor of live) supervisor.end();
      await Promise.all([...live].map(({ ended }) => ended));
    },
  };
}

interface Confined {
  readonly supervisor: Supervisor;
  readonly pid: number;
  readonly over: Promise<EndedWorker | undefined>;
  readonly inside: (folder: string) => string;
  readonly plan: LaunchPlan;
}

function toLaunched({ supervisor, pid, over, inside, plan }: Confined): LaunchedWorker {
  const { stdout, stderr } = supervisor.child;
  if (stdout === null || stderr === null) throw new Error('The launcher has no pipes.');
  return {
    pid,
    frames: supervisor.frames,
    stdout,
    stderr,
    ended: over.then(toEnd),
    inside,
    attest: () => attest(pid, plan),
    endAfter: supervisor.endAfter,
    async end() {
      supervisor.end();
      const record = await over;
      if (record === undefined) return { gone: true };
      return { gone: true, used: { cpuMs: record.userMs + record.systemMs, peakMemoryBytes: record.peakBytes } };
    },
  };
}

// Of several names the first: SIGABRT, not SIGIOT.
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .map(([name, number]): [number, string] => [number, name])
    .reverse(),
);

function toEnd(record: EndedWorker | undefined): WorkerEnd {
  if (record === undefined) return { exitCode: null, signal: 'SIGKILL' };
  if (record.signal !== 0) return { exitCode: null, signal: SIGNALS.get(record.signal) ?? `signal ${record.signal}` };
  return { exitCode: record.code, signal: null };
}
