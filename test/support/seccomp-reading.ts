import { assembleFilter } from '../../src/sandbox/seccomp/assemble.ts';
import type { PatchValue } from '../../src/sandbox/seccomp/instructions.ts';
import { ERRNO, type ArgumentTest, type SeccompProfile, type Verdict } from '../../src/sandbox/seccomp/profile.ts';
import { syscallNumber, type Architecture } from '../../src/sandbox/seccomp/syscall-numbers.ts';
import { patchProgram, runFilter, type Ended, type SeccompData } from './bpf-machine.ts';

/** What a launcher would fill in; each half of each pointer is different. */
export const LAUNCH = {
  pid: 4711n,
  execPath: 0x7ffd_1111_2222_3330n,
  execArgv: 0x7ffd_4444_5555_6660n,
  execEnvp: 0x7ffd_7777_8888_9990n,
} as const;

export const AUDIT_ARCH = { x86_64: 0xc000_003e, aarch64: 0xc000_00b7, i386: 0x4000_0003, arm: 0x4000_0028 } as const;

/** The verdict that a profile's table gives, read from its first rule to its last, with arguments as whole numbers. */
export function readVerdict(profile: SeccompProfile, architecture: Architecture, data: SeccompData): Verdict {
  const number = data.nr >>> 0;
  if (data.arch !== AUDIT_ARCH[architecture]) return 'kill';
  if (architecture === 'x86_64' && number >= 0x4000_0000) return 'kill';
  for (const rule of profile.rules) {
    if (!rule.calls.some((call) => syscallNumber(call, architecture) === number)) continue;
    if (!('when' in rule)) return rule.verdict;
    return rule.when.every((test) => holds(test, data.args?.[test.argument] ?? 0n)) ? rule.verdict : rule.otherwise;
  }
  return number < profile.firstUnknown ? profile.unlisted : profile.unknown;
}

function holds(test: ArgumentTest, argument: bigint): boolean {
  if ('is' in test) return argument === LAUNCH[test.is];
  return test.oneOf.some((value) => (argument & ~BigInt(test.ignoredBits ?? 0)) === BigInt(value));
}

const low = (value: bigint): number => Number(value & 0xffff_ffffn);
const high = (value: bigint): number => Number(value >> 32n);

const PATCHES: Readonly<Record<PatchValue, number>> = {
  pid: low(LAUNCH.pid),
  execPathLow: low(LAUNCH.execPath),
  execPathHigh: high(LAUNCH.execPath),
  execArgvLow: low(LAUNCH.execArgv),
  execArgvHigh: high(LAUNCH.execArgv),
  execEnvpLow: low(LAUNCH.execEnvp),
  execEnvpHigh: high(LAUNCH.execEnvp),
};

/** Assembles a profile's filter, fills it in as the launcher would, and gives a way to run it. */
export function loadedFilter(profile: SeccompProfile, architecture: Architecture): (data: SeccompData) => Ended {
  const { bytes, patches } = assembleFilter(profile, architecture);
  const values = patches.map(({ instruction, value }) => [instruction, PATCHES[value]] as const);
  const program = patchProgram(bytes, new Map(values));
  return (data) => runFilter(program, data);
}

/** The `SECCOMP_RET_...` value of a verdict. */
export function returnValue(verdict: Verdict): number {
  if (verdict === 'allow') return 0x7fff_0000;
  if (verdict === 'end') return 0x7fc0_0000;
  if (verdict === 'kill') return 0x8000_0000;
  return 0x0005_0000 + ERRNO[verdict];
}
