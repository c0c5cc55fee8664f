import {
  branch,
  encode,
  keepBits,
  load,
  returns,
  type Code,
  type Comparison,
  type PatchValue,
} from './instructions.ts';
import { ERRNO, type ArgumentTest, type LaunchValue, type Rule, type SeccompProfile, type Verdict } from './profile.ts';
import { syscallNumber, type Architecture } from './syscall-numbers.ts';

/** A filter for one profile and one architecture, as the launcher takes it. */
export interface SeccompProgram {
  /** An array of `struct sock_filter`, little endian. */
  readonly bytes: Uint8Array;
  readonly instructionCount: number;
  /** The instructions whose `k` the launcher fills in. Until then each compares with zero, which no honest call passes. */
  readonly patches: readonly { readonly instruction: number; readonly value: PatchValue }[];
}

/** All calls from this number up to the next range's have the same code. */
interface Range {
  readonly from: number;
  readonly code: Code;
}

/** The kernel's BPF_MAXINSNS. */
const MOST_INSTRUCTIONS = 4096;

/** `AUDIT_ARCH_...`, and where the numbers of another ABI begin that the kernel reports as the same architecture. */
const ARCHITECTURES = {
  x86_64: { audit: 0xc000_003e, otherAbiFrom: 0x4000_0000 },
  aarch64: { audit: 0xc000_00b7, otherAbiFrom: undefined },
} as const;

/** Offsets in `struct seccomp_data`; an argument's lower half comes first. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const lowerHalf = (argument: number): number => 16 + 8 * argument;
const upperHalf = (argument: number): number => lowerHalf(argument) + 4;

const RETURN_ALLOW = 0x7fff_0000;
const RETURN_USER_NOTIF = 0x7fc0_0000;
const RETURN_KILL_PROCESS = 0x8000_0000;
const RETURN_ERRNO = 0x0005_0000;

/** One object for each verdict, so that neighbours with the same one can be found. */
const ANSWERS: Readonly<Record<Verdict, Code>> = {
  allow: returns(RETURN_ALLOW),
  end: returns(RETURN_USER_NOTIF),
  kill: returns(RETURN_KILL_PROCESS),
  EPERM: returns(RETURN_ERRNO | ERRNO.EPERM),
  EACCES: returns(RETURN_ERRNO | ERRNO.EACCES),
  ENOTTY: returns(RETURN_ERRNO | ERRNO.ENOTTY),
  ENOSYS: returns(RETURN_ERRNO | ERRNO.ENOSYS),
};

/** The launch values as comparisons of the lower and of the upper half. */
const LAUNCH_VALUES: Readonly<Record<LaunchValue, readonly [lower: Comparison, upper: Comparison]>> = {
  pid: [
    { is: 'equal', k: 0, patch: 'pid' },
    { is: 'equal', k: 0 },
  ],
  execPath: pointer('execPath'),
  execArgv: pointer('execArgv'),
  execEnvp: pointer('execEnvp'),
};

function pointer(value: Exclude<LaunchValue, 'pid'>): readonly [Comparison, Comparison] {
  return [
    { is: 'equal', k: 0, patch: `${value}Low` },
    { is: 'equal', k: 0, patch: `${value}High` },
  ];
}

/** Makes the classic BPF program of a profile: a binary search over the numbers of the calls, then tests of arguments. */
export function assembleFilter(profile: SeccompProfile, architecture: Architecture): SeccompProgram {
  const numbered = search(rangesOf(profile, architecture));
  // The number says nothing before the architecture is known: int 0x80 makes i386's calls from a 64-bit process.
  const code = [
    load(ARCHITECTURE),
    ...branch({ is: 'equal', k: ARCHITECTURES[architecture].audit }, [load(NUMBER), ...numbered], ANSWERS.kill),
  ];
  if (code.length > MOST_INSTRUCTIONS) {
    throw new Error(
      `The filter "${profile.name}" has ${code.length} instructions; the kernel takes ${MOST_INSTRUCTIONS}.`,
    );
  }
  const patches = code.flatMap(({ patch }, instruction) =>
    patch === undefined ? [] : [{ instruction, value: patch }],
  );
  return { bytes: encode(code), instructionCount: code.length, patches };
}

/** All numbers from zero on, cut wherever the code changes. */
function rangesOf(profile: SeccompProfile, architecture: Architecture): readonly Range[] {
  const listed = codeByNumber(profile, architecture);
  const { otherAbiFrom } = ARCHITECTURES[architecture];
  const unlisted = (number: number): Code => {
    if (otherAbiFrom !== undefined && number >= otherAbiFrom) return ANSWERS.kill;
    return ANSWERS[number >= profile.firstUnknown ? profile.unknown : profile.unlisted];
  };
  const cuts = new Set([0, profile.firstUnknown, ...(otherAbiFrom === undefined ? [] : [otherAbiFrom])]);
  for (const number of listed.keys()) cuts.add(number).add(number + 1);
  const ranges = [...cuts]
    .toSorted((left, right) => left - right)
    .map((from) => ({ from, code: listed.get(from) ?? unlisted(from) }));
  return ranges.filter((range, index) => range.code !== ranges[index - 1]?.code);
}

function codeByNumber(profile: SeccompProfile, architecture: Architecture): ReadonlyMap<number, Code> {
  const codes = new Map<number, Code>();
  for (const rule of profile.rules) {
    const code = codeOf(rule);
    for (const call of rule.calls) {
      const number = syscallNumber(call, architecture);
      if (number === undefined) continue;
      if (codes.has(number)) throw new Error(`The profile "${profile.name}" has two rules for "${call}".`);
      codes.set(number, code);
    }
  }
  return codes;
}

function codeOf(rule: Rule): Code {
  if (!('when' in rule)) return ANSWERS[rule.verdict];
  const no = ANSWERS[rule.otherwise];
  return rule.when.reduceRight((yes, test) => testOf(test, yes, no), ANSWERS[rule.verdict]);
}

/** An argument has 64 bits and the accumulator 32, so each half is compared. */
function testOf(test: ArgumentTest, yes: Code, no: Code): Code {
  if ('is' in test) {
    const [lower, upper] = LAUNCH_VALUES[test.is];
    const lowerTest = [load(lowerHalf(test.argument)), ...branch(lower, yes, no)];
    return [load(upperHalf(test.argument)), ...branch(upper, lowerTest, no)];
  }
  const kept = test.ignoredBits === undefined ? [] : [keepBits(~test.ignoredBits)];
  const oneOf = test.oneOf.reduceRight((rest, k) => branch({ is: 'equal', k }, yes, rest), no);
  const lowerTest = [load(lowerHalf(test.argument)), ...kept, ...oneOf];
  return [load(upperHalf(test.argument)), ...branch({ is: 'equal', k: 0 }, lowerTest, no)];
}

/** A balanced binary search: about eight comparisons for two hundred ranges. */
function search(ranges: readonly Range[]): Code {
  const middle = Math.ceil(ranges.length / 2);
  const pivot = ranges[middle];
  if (pivot === undefined) return ranges.flatMap(({ code }) => code);
  const upper = search(ranges.slice(middle));
  return branch({ is: 'atLeast', k: pivot.from }, upper, search(ranges.slice(0, middle)));
}
