import { assembleFilter } from './seccomp/assemble.ts';
import { jsProfile } from './seccomp/profiles.ts';
import type { LaunchPlan } from './launch-plan.ts';
import type { LauncherFile } from './launcher-file.ts';
import { startSupervisor } from './supervisor.ts';

/** What the kernel gave to a launch. */
export interface KernelAnswer {
  readonly landlockAbi: number;
  /** Of the full layer: whether its private root has a `/proc`. */
  readonly hasProc: boolean;
}

/** Nothing of this machine: what it would become cannot be executed. */
const NOTHING = '/nothing';
const WALL_MS = 5_000;

/**
 * Launches nothing at all in a layer: all steps up to the exec are taken, so that the answer is the kernel's and no guess.
 * Undefined where a step before is refused.
 */
export async function askKernel(
  { file, architecture }: LauncherFile,
  { layer, id }: { readonly layer: LaunchPlan['layer']; readonly id: number | undefined },
): Promise<KernelAnswer | undefined> {
  const supervisor = startSupervisor(file, {
    layer,
    id,
    binds: [],
    rules: [],
    limits: { CORE: 0 },
    wallMs: WALL_MS,
    program: NOTHING,
    args: [NOTHING],
    filter: assembleFilter(jsProfile, architecture),
  });
  try {
    const { landlockAbi, hasProc } = await supervisor.started;
    return { landlockAbi, hasProc };
  } catch {
    return undefined;
  } finally {
    supervisor.end();
    await supervisor.ended;
  }
}
