import { attest } from './attest.ts';
import { measureBaseline, type Baseline } from './baseline.ts';
import type { Group, Groups } from './cgroup.ts';
import { READY_TIMEOUT_MS, type Confinement, type LaunchedWorker, type Launching, type WorkerClass } from './launch.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { createForker } from './forker.ts';
import { findInterpreterFiles, roomOf, type InterpreterFiles, type NodeFiles, type Room } from './room.ts';
import { rememberProgram } from './same-program.ts';
import type { SandboxProfile } from './sandbox.ts';
import type { SeccompProgram } from './seccomp/assemble.ts';
import type { Architecture } from './seccomp/syscall-numbers.ts';
import type { StartedWorker, Supervisor } from './supervisor.ts';
import { whyUnbounded } from './shell-finding.ts';
import { inTimeToEnd, inTimeToStart, toEnd, toRemoval, type Over } from './worker-end.ts';
import { createWorkerIds } from './worker-ids.ts';
import {
  heapMib,
  kernelLimits,
  MAX_SCRATCH_FILES,
  treeBytes,
  workerBytes,
  type WorkerBounds,
} from './worker-limits.ts';

export interface ConfinedLaunchingSettings {
  readonly layer: 'base' | 'full';
  /** Absolute path of the launcher, whose digest was checked. */
  readonly launcher: string;
  readonly architecture: Architecture;
  /** Absolute path of the worker's bundle. */
  readonly workerBundle: string;
  readonly node: NodeFiles;
  readonly filters: Readonly<Record<SandboxProfile, SeccompProgram>>;
  /** Absolute paths of the programs that may run tools in other languages, by name. */
  readonly interpreters: Readonly<Record<string, string>>;
  /** Whether the kernel tells whose children are whose. Default: true. */
  readonly listsChildren?: boolean | undefined;
  readonly bounds: WorkerBounds;
  /** Control groups that bound each worker's tree; absent: this machine gives none. */
  readonly groups?: Groups | undefined;
  /** The server is root: workers become users of their own. */
  readonly isRoot: boolean;
  /** Default: 15 s. */
  readonly readyMs?: number | undefined;
}

const CALIBRATION: WorkerClass = { profile: 'js', memoryBytes: 64 * 2 ** 20, folders: [], reused: true };

/** Workers that the launcher confines. */
export function createConfinedLaunching(settings: ConfinedLaunchingSettings): Launching & {
  /** What a worker takes before any foreign code; measured once, by launching one. */
  baseline(): Promise<Baseline>;
} {
  const assertSameNode = rememberProgram(settings.node.binary);
  const forker = createForker(settings.launcher);
  const ids = createWorkerIds(settings.isRoot);
  const live = new Set<Supervisor>();
  const interpreters = new Map<string, InterpreterFiles>();
  let measured: Promise<Baseline> | undefined;
  let known: Baseline | undefined;

  function baseline(): Promise<Baseline> {
    measured ??= launchWith(CALIBRATION, undefined)
      .then(measureBaseline)
      .then((found) => (known = found))
      .catch((error: unknown) => {
        measured = undefined; // a machine that is short of something now may have it later
        throw error;
      });
    return measured;
  }

  function interpreterOf({ profile, interpreter }: WorkerClass): InterpreterFiles | undefined {
    if (profile === 'js') return undefined;
    if (settings.layer !== 'full') throw new Error('Tools in other languages need the full layer of the sandbox.');
    const { listsChildren = true, groups } = settings;
    const unbounded = whyUnbounded({ listsChildren, groupsCount: groups?.countsCpu === true });
    if (unbounded !== undefined) throw new Error(`Tools in other languages cannot be run: ${unbounded}.`);
    const file = interpreter === undefined ? undefined : settings.interpreters[interpreter];
    if (interpreter === undefined || file === undefined) {
      throw new Error(`There is no interpreter "${interpreter ?? ''}" here (ICEOS_SHELL_INTERPRETERS).`);
    }
    const files = interpreters.get(interpreter) ?? findInterpreterFiles(file);
    interpreters.set(interpreter, files);
    return files;
  }

  async function launchWith(wanted: WorkerClass, base: Baseline | undefined): Promise<LaunchedWorker> {
    await assertSameNode();
    const scratch = settings.layer === 'full' && !wanted.reused;
    const interpreter = interpreterOf(wanted);
    const room = roomOf({ ...settings, folders: wanted.folders, interpreter, scratch });
    const id = ids.take();
    let group: Group | undefined;
    const giveBack = async (): Promise<Omit<Over, 'record'>> => {
      const used = await group?.usage();
      // What is left is removed by the next start.
      const isEmpty = await group?.remove().then(
        () => true,
        () => false,
      );
      ids.give(id);
      return { group: used, isEmpty };
    };
    let plan: LaunchPlan;
    let supervisor: Supervisor;
    try {
      group = base && (await groupOf(wanted, base));
      plan = planOf(settings, wanted, { room, id, scratch, base, group });
      supervisor = await forker.start(plan);
    } catch (error) {
      await giveBack();
      throw error;
    }
    live.add(supervisor);
    const over = supervisor.ended.then(async (record): Promise<Over> => {
      live.delete(supervisor);
      return { record, ...(await giveBack()) };
    });
    let started: StartedWorker;
    try {
      started = await inTimeToStart(supervisor.started, plan.wallMs);
    } catch (error) {
      supervisor.end();
      await inTimeToEnd(over);
      throw error;
    }
    const confinement = confinementOf(settings, { plan, wanted, started });
    return toLaunched({
      settings,
      supervisor,
      started,
      over,
      room,
      plan,
      confinement,
      interpreter: interpreter?.program,
    });
  }

  async function groupOf(wanted: WorkerClass, base: Baseline): Promise<Group | undefined> {
    const { groups, bounds } = settings;
    return await groups?.create({ memoryBytes: treeBytes(wanted, bounds, base), processes: bounds.processes });
  }

  return {
    layer: settings.layer,
    baseline,
    bytesOf: (wanted) => (known === undefined ? 0 : treeBytes(wanted, settings.bounds, known)),
    launch: async (wanted) => launchWith(wanted, await baseline()),
    async close() {
      for (const supervisor of live) supervisor.end();
      await Promise.all([...live].map(({ ended }) => inTimeToEnd(ended)));
      await forker.close();
    },
  };
}

interface Parts {
  readonly room: Room;
  readonly id: number | undefined;
  readonly scratch: boolean;
  readonly base: Baseline | undefined;
  readonly group: Group | undefined;
}

function planOf(settings: ConfinedLaunchingSettings, wanted: WorkerClass, parts: Parts): LaunchPlan {
  const { layer, node, filters, bounds } = settings;
  const { room, id, scratch, base, group } = parts;
  return {
    layer,
    id,
    reused: wanted.reused,
    processes: wanted.profile === 'shell',
    memoryBytes: base && workerBytes(wanted, base),
    groups: group?.procs,
    cpuTime: group?.cpuTime,
    binds: room.binds,
    rules: room.rules,
    limits: kernelLimits(wanted, bounds, { layer, baseline: base }),
    scratch: scratch ? { bytes: bounds.scratchBytes, files: MAX_SCRATCH_FILES } : undefined,
    wallMs: settings.readyMs ?? READY_TIMEOUT_MS,
    program: node.binary,
    args: [
      'node',
      `--max-old-space-size=${heapMib(wanted)}`,
      // With it, a WebAssembly memory reserves ten gigabytes of addresses.
      '--disable-wasm-trap-handler',
      '--no-warnings',
      room.workerBundle,
    ],
    filter: filters[wanted.profile],
  };
}

function confinementOf(
  { layer, groups, bounds }: ConfinedLaunchingSettings,
  {
    plan,
    wanted,
    started,
  }: { readonly plan: LaunchPlan; readonly wanted: WorkerClass; readonly started: StartedWorker },
): Confinement {
  return {
    profile: wanted.profile,
    layer,
    ...(groups && { cgroup: groups.version }),
    ...(layer === 'full' && { hasProc: started.hasProc }),
    processes: layer === 'full' || groups !== undefined ? bounds.processes : 0,
    scratchBytes: plan.scratch?.bytes ?? 0,
  };
}

interface Confined {
  readonly settings: ConfinedLaunchingSettings;
  readonly supervisor: Supervisor;
  readonly started: StartedWorker;
  readonly over: Promise<Over>;
  readonly room: Room;
  readonly plan: LaunchPlan;
  readonly confinement: Confinement;
  readonly interpreter: string | undefined;
}

function toLaunched(confined: Confined): LaunchedWorker {
  const { settings, supervisor, started, over, room, plan, confinement, interpreter } = confined;
  const { frames, stdout, stderr, drained } = supervisor;
  return {
    pid: started.pid,
    frames,
    stdout,
    stderr,
    confinement,
    interpreter,
    ended: Promise.all([over, drained]).then(([end]) => toEnd(end, settings.architecture)),
    inside: room.inside,
    attest: () => attest(started.pid, plan),
    beginCall: ({ timeoutMs, cpuMs }) => supervisor.beginCall({ wallMs: timeoutMs, cpuMs }),
    rest: () => inTimeToEnd(supervisor.rest()),
    async end() {
      supervisor.end();
      return toRemoval(await inTimeToEnd(over), started.pid);
    },
  };
}
