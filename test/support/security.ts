import { readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { MIB } from '../../src/core/units.ts';
import { createEgress } from '../../src/egress/egress.ts';
import { findGroups } from '../../src/sandbox/cgroup.ts';
import { createConfinedLaunching } from '../../src/sandbox/confined-launching.ts';
import { createDevelopmentLaunching } from '../../src/sandbox/development-launching.ts';
import { probe } from '../../src/sandbox/probe.ts';
import type { Launching } from '../../src/sandbox/launch.ts';
import { createHostCalls } from '../../src/sandbox/host-calls/host-calls.ts';
import { findInterpreters } from '../../src/sandbox/find-interpreters.ts';
import { findLauncher, type LauncherFile } from '../../src/sandbox/launcher-file.ts';
import { createProcessSandbox, type ProcessSandbox } from '../../src/sandbox/process-sandbox.ts';
import { readProcess } from '../../src/sandbox/proc.ts';
import { findNodeFiles } from '../../src/sandbox/room.ts';
import type { SandboxCall, SandboxLayer, SandboxProfile } from '../../src/sandbox/sandbox.ts';
import { assembleFilter } from '../../src/sandbox/seccomp/assemble.ts';
import { jsProfile, shellProfile } from '../../src/sandbox/seccomp/profiles.ts';
import { DEFAULT_BOUNDS } from '../../src/sandbox/worker-limits.ts';
import type { Limits } from '../../src/usage/limits.ts';

/** By what a process is known to be a worker's, when nobody says so: each of them is the worker's alone. */
export interface WorkerMark {
  readonly pid: number;
  readonly session: number;
  /** Where workers have users of their own. */
  readonly uid: number | undefined;
  readonly pidNamespace: string | undefined;
}

/** A sandbox to attack. */
export interface Target {
  readonly sandbox: ProcessSandbox;
  /** The workers since it was last asked. */
  takeMarks(): readonly WorkerMark[];
}

/** The launcher of this machine, from a folder that holds what the build makes. */
export async function launcherIn(dist: string): Promise<LauncherFile> {
  const found = await findLauncher(path.join(dist, 'launchers'));
  if (typeof found === 'string') throw new Error(found);
  return found;
}

/** Attacks of JavaScript meet what each process is bounded by; of scripts also what bounds the tree, where there is any. */
async function launchingOf({ layer, profile, dist }: TargetSettings): Promise<Launching> {
  const workerBundle = path.join(dist, 'worker.cjs');
  if (layer === 'development') return createDevelopmentLaunching({ workerBundle, platform: process.platform });
  const { file: launcher, architecture } = await launcherIn(dist);
  const { found: interpreters } = await findInterpreters(undefined);
  const groups = profile === 'shell' ? await findGroups() : undefined;
  return createConfinedLaunching({
    layer,
    launcher,
    architecture,
    workerBundle,
    node: findNodeFiles(),
    filters: { js: assembleFilter(jsProfile, architecture), shell: assembleFilter(shellProfile, architecture) },
    interpreters,
    bounds: DEFAULT_BOUNDS,
    groups: groups?.ok === true ? groups.value : undefined,
    isRoot: process.getuid?.() === 0,
  });
}

interface TargetSettings {
  readonly layer: SandboxLayer;
  readonly profile: SandboxProfile;
  /** A folder that holds what the build makes. */
  readonly dist: string;
}

/** Opens a sandbox of one layer without idle workers, or says why this machine does not have the layer. */
export async function openTarget(settings: TargetSettings): Promise<Target | string> {
  const launching = await launchingOf(settings);
  const fault = settings.layer === 'development' ? undefined : (await probe(launching))?.message;
  if (fault !== undefined) return fault;
  let marks: WorkerMark[] = [];
  const watched: Launching = {
    ...launching,
    async launch(wanted) {
      const launched = await launching.launch(wanted);
      marks.push(await markOf(launched.pid));
      return launched;
    },
  };
  return {
    // Room for calls that hang, which is a fault, and should not look like the fault of those that come after.
    sandbox: createProcessSandbox({
      launching: watched,
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
      maxWorkers: 64,
    }),
    takeMarks() {
      const taken = marks;
      marks = [];
      return taken;
    },
  };
}

/** The user that a process has become; undefined when it is gone. */
export async function uidOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** The pid namespace of a process; undefined when it is gone, or may not be looked at. */
export const pidNamespaceOf = (pid: number): Promise<string | undefined> =>
  readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);

async function markOf(pid: number): Promise<WorkerMark> {
  const [entry, uid, namespace, own] = await Promise.all([
    readProcess(pid),
    uidOf(pid),
    pidNamespaceOf(pid),
    pidNamespaceOf(process.pid),
  ]);
  return {
    pid,
    session: entry?.session ?? pid,
    uid: uid === process.getuid?.() ? undefined : uid,
    pidNamespace: namespace === own ? undefined : namespace,
  };
}

/** A call of code with the limits of a small one. */
export const attackCall = (
  source: string,
  { limits, input, onLog }: Partial<Pick<SandboxCall, 'input' | 'onLog'>> & { readonly limits?: Partial<Limits> },
): SandboxCall => {
  const timeoutMs = limits?.timeoutMs ?? 5_000;
  return {
    program: { type: 'code', source },
    input: input ?? null,
    limits: { cpuMs: 2 * timeoutMs, memoryBytes: 64 * MIB, outputBytes: 16 * MIB, ...limits, timeoutMs },
    idempotencyKey: 'attack',
    grants: [],
    ...(onLog === undefined ? {} : { onLog }),
  };
};
