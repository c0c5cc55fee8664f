import { randomInt } from 'node:crypto';
import { MIB } from '../../src/core/units.ts';
import type { LaunchPlan } from '../../src/sandbox/launch-plan.ts';
import { assembleFilter } from '../../src/sandbox/seccomp/assemble.ts';
import type { SeccompProfile } from '../../src/sandbox/seccomp/profile.ts';
import { jsProfile, shellProfile } from '../../src/sandbox/seccomp/profiles.ts';
import { createForker, type Forker } from '../../src/sandbox/forker.ts';
import type { EndedWorker, Supervisor } from '../../src/sandbox/supervisor.ts';
import { launcherIn } from './security.ts';

/** A program that is confined as a worker is, without being Node. */
export interface ConfinedProgram {
  readonly layer: 'base' | 'full';
  readonly profile: 'js' | 'shell';
  readonly binds: LaunchPlan['binds'];
  readonly rules: LaunchPlan['rules'];
  readonly program: string;
  /** The first is the program's name. */
  readonly args: readonly string[];
  readonly wallMs: number;
  readonly processes?: number;
}

export const PROFILES: Readonly<Record<'js' | 'shell', SeccompProfile>> = { js: jsProfile, shell: shellProfile };

/** Above the users of real workers, so that theirs are not met. */
const FIRST_ID = 2_100_000_000;
const IDS = 40_000_000;
export const SCRATCH = { bytes: 16 * MIB, files: 512 };

/** The plan of such a program, by the same launcher and filter as a worker's. */
export async function planOf(wanted: ConfinedProgram, dist: string): Promise<LaunchPlan> {
  const { architecture } = await launcherIn(dist);
  const { layer, profile, binds, rules, program, args, wallMs, processes } = wanted;
  return {
    layer,
    id: process.getuid?.() === 0 ? FIRST_ID + randomInt(IDS) : undefined,
    binds,
    rules,
    limits: {
      ...{ CORE: 0, NOFILE: 256, FSIZE: SCRATCH.bytes, MSGQUEUE: 0, MEMLOCK: 0 },
      ...(processes === undefined ? {} : { NPROC: processes }),
    },
    scratch: layer === 'full' ? SCRATCH : undefined,
    wallMs,
    program,
    args,
    filter: assembleFilter(PROFILES[profile], architecture),
  };
}

/** How such a program ended, and what it wrote. */
export interface ConfinedEnd {
  readonly pid: number;
  readonly out: string;
  readonly record: EndedWorker | undefined;
}

const MAX_OUT = 256 * 1024;
let forker: Forker | undefined;

/** Starts one. What it writes on standard output and error is kept up to a bound, and read to its end. */
export async function startConfined(
  wanted: ConfinedProgram,
  dist: string,
): Promise<{ readonly supervisor: Supervisor; readonly pid: number; readonly end: Promise<ConfinedEnd> }> {
  const { file } = await launcherIn(dist);
  forker ??= createForker(file);
  const supervisor = await forker.start(await planOf(wanted, dist));
  let out = '';
  for (const stream of [supervisor.stdout, supervisor.stderr]) {
    stream.on('data', (text: Buffer) => {
      if (out.length < MAX_OUT) out += text.toString('latin1');
    });
  }
  const { pid } = await supervisor.started;
  const end = Promise.all([supervisor.ended, supervisor.drained]).then(([record]) => {
    supervisor.frames.destroy();
    return { pid, out, record };
  });
  return { supervisor, pid, end };
}
