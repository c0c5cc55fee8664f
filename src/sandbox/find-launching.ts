import { askKernel, type KernelAnswer } from './ask-kernel.ts';
import { findGroups, type Groups } from './cgroup.ts';
import { createDevelopmentLaunching } from './development-launching.ts';
import { findInterpreters } from './find-interpreters.ts';
import type { Launching } from './launch.ts';
import { findLauncher, type LauncherFile } from './launcher-file.ts';
import type { LayerFinding } from './layer-finding.ts';
import { readMachine, type Machine } from './machine.ts';
import { openLayer, type LayerParts } from './open-layer.ts';
import type { SandboxSetting } from './policy.ts';
import { probe } from './probe.ts';
import { explainFailure, explainGroups, explainPlatform, explainProc, type LaunchFailure } from './remedies.ts';
import type { SandboxLayer } from './sandbox.ts';
import type { SandboxSettings } from './sandbox-settings.ts';
import { shellFinding } from './shell-finding.ts';
import { startLine } from './start-line.ts';
import { ASKING_ID } from './worker-ids.ts';

export interface FindLaunchingSettings {
  readonly setting: SandboxSetting;
  /** Absolute folder of the launchers. */
  readonly launchers: string;
  /** Absolute path of the worker's bundle. */
  readonly workerBundle: string;
  readonly sandbox: SandboxSettings;
  readonly platform?: string | undefined;
  /** After which a worker that is not ready will not be. */
  readonly readyMs?: number | undefined;
}

/** The way of starting workers that this machine allows, and what was found on the way. */
export interface FoundLaunching {
  /** Of the strongest layer. Every worker is started in this one; there is no way down. */
  readonly launching: Launching;
  readonly layer: SandboxLayer;
  /** One line for the operator: which layer, and why none above it. */
  readonly note: string;
  readonly findings: readonly LayerFinding[];
  readonly machine: Machine;
  /** A sentence where there is none that may be used. */
  readonly launcher: LauncherFile | string;
  readonly kernel: KernelAnswer | undefined;
  readonly groups: Groups | undefined;
}

/** The launcher's step that is about control groups. */
const JOIN_STEP = 'join the control group';

/** Tries the layers from the strongest on; says of each that is missing why, and what to do. */
export async function findLaunching(settings: FindLaunchingSettings): Promise<FoundLaunching> {
  const { setting, launchers, workerBundle, sandbox, platform = process.platform } = settings;
  const [machine, launcher] = await Promise.all([
    readMachine(platform),
    findLauncher(launchers, { custom: sandbox.launcher }),
  ]);
  const nothing = (why: string, remedy?: string): FoundLaunching => {
    const findings = (['full', 'base', 'cgroup', 'shell'] as const).map((name): LayerFinding => ({
      name,
      available: false,
      why,
      remedy,
    }));
    const launching = createDevelopmentLaunching({ workerBundle, platform });
    const note = startLine('development', findings);
    return { launching, layer: 'development', note, findings, machine, launcher, kernel: undefined, groups: undefined };
  };
  if (setting === 'development') return nothing('as asked for');
  if (platform !== 'linux') {
    const { why, remedy } = explainPlatform(platform);
    return nothing(why, remedy);
  }
  if (typeof launcher === 'string') return nothing(launcher);
  return tryLayers(settings, machine, launcher);
}

async function tryLayers(
  { workerBundle, sandbox, platform = process.platform, readyMs }: FindLaunchingSettings,
  machine: Machine,
  launcher: LauncherFile,
): Promise<FoundLaunching> {
  // Root of a user namespace without their ids is nobody outside: it goes the way of everybody else.
  const isRoot = machine.isRoot && machine.hasWorkerIds;
  const [searched, interpreters] = await Promise.all([findGroups(), findInterpreters(sandbox.interpreters)]);
  const { listsChildren } = machine;
  const parts = { launcher, workerBundle, isRoot, sandbox, interpreters: interpreters.found, listsChildren, readyMs };
  const tried = await tryFromAbove({ ...parts, groups: searched.ok ? searched.value : undefined });
  const { layer, groups, failures } = tried;
  const id = isRoot ? ASKING_ID : undefined;
  const kernel = await askKernel(launcher, layer === 'full' ? { layer, id } : { layer: 'base', id });
  const whyNoGroups = searched.ok ? 'workers may not join the control groups that are made' : searched.error;
  const findings = [
    ...failures.map(({ name, ...failure }): LayerFinding => ({
      name,
      available: false,
      ...explainFailure(failure, machine),
    })),
    ...foundLayers(layer, kernel, machine),
    groups
      ? ({ name: 'cgroup', available: true } as const)
      : ({ name: 'cgroup', available: false, ...explainGroups(whyNoGroups, machine) } as const),
    shellFinding(layer, interpreters, {
      listsChildren,
      groupsCount: groups?.countsCpu === true,
      isCounted: kernel?.isCounted === true,
    }),
  ];
  const launching = tried.launching ?? createDevelopmentLaunching({ workerBundle, platform });
  return {
    launching,
    layer,
    note: startLine(layer, findings, groups?.version),
    findings,
    machine,
    launcher,
    kernel,
    groups,
  };
}

interface Tried {
  readonly layer: SandboxLayer;
  readonly launching: Launching | undefined;
  /** Those that workers join. */
  readonly groups: Groups | undefined;
  readonly failures: readonly (LaunchFailure & { readonly name: 'full' | 'base' })[];
}

async function tryFromAbove(parts: LayerParts): Promise<Tried> {
  const failures: (LaunchFailure & { readonly name: 'full' | 'base' })[] = [];
  for (const layer of ['full', 'base'] as const) {
    const launching = openLayer(layer, parts);
    const failure = await probe(launching);
    if (failure === undefined) return { layer, launching, groups: parts.groups, failures };
    await launching.close();
    // Groups are one thing, and layers another.
    if (failure.step === JOIN_STEP && parts.groups !== undefined) return tryFromAbove({ ...parts, groups: undefined });
    failures.push({ name: layer, ...failure });
  }
  return { layer: 'development', launching: undefined, groups: undefined, failures };
}

/** The layer that was tried, and base with full, as full is base and more. */
function foundLayers(layer: SandboxLayer, kernel: KernelAnswer | undefined, machine: Machine): readonly LayerFinding[] {
  if (layer === 'development') return [];
  if (layer === 'base') return [{ name: 'base', available: true }];
  const less = kernel?.hasProc === false ? explainProc(machine) : {};
  return [
    { name: 'full', available: true, ...less },
    { name: 'base', available: true },
  ];
}
