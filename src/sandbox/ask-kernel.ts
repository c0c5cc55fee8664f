import { assembleFilter } from './seccomp/assemble.ts';
import { jsProfile } from './seccomp/profiles.ts';
import type { LaunchPlan } from './launch-plan.ts';
import type { LauncherFile } from './launcher-file.ts';
import { createForker } from './forker.ts';

/** What the kernel gave to a launch. */
export interface KernelAnswer {
  readonly landlockAbi: number;
  /** Of the full layer: whether its private root has a `/proc`. */
  readonly hasProc: boolean;
  /** Of the full layer: whether the CPU time of all that a tool starts can be counted without control groups. */
  readonly isCounted: boolean;
}

/** The launcher again: it needs no library, is given no socket, and ends. */
const PROGRAM = '/launcher';
const WALL_MS = 5_000;

/**
 * Launches what does nothing in a layer: all steps are taken, so that the answer is the kernel's and no guess. Undefined
 * where one is refused.
 */
export async function askKernel(
  { file, architecture }: LauncherFile,
  { layer, id }: { readonly layer: LaunchPlan['layer']; readonly id: number | undefined },
): Promise<KernelAnswer | undefined> {
  const program = layer === 'full' ? PROGRAM : file;
  const forker = createForker(file);
  try {
    const supervisor = await forker.start({
      layer,
      id,
      processes: layer === 'full',
      binds: layer === 'full' ? [{ source: file, target: program, executable: true }] : [],
      rules: [{ path: program, access: 'execute' }],
      limits: { CORE: 0 },
      wallMs: WALL_MS,
      program,
      args: [program],
      filter: assembleFilter(jsProfile, architecture),
    });
    const { frames, stdout, stderr } = supervisor;
    const answer = await supervisor.started.finally(() => supervisor.end());
    await supervisor.ended;
    for (const stream of [frames, stdout, stderr]) stream.destroy();
    return { landlockAbi: answer.landlockAbi, hasProc: answer.hasProc, isCounted: answer.isCounted };
  } catch {
    return undefined;
  } finally {
    await forker.close();
  }
}
