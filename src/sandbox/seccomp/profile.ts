import type { SyscallName } from './syscall-numbers.ts';

/** The numbers of the errors that a filter answers with; they are the same on x86_64 and aarch64. */
export const ERRNO = { EPERM: 1, EACCES: 13, ENOTTY: 25, ENOSYS: 38 } as const;

/**
 * What becomes of a call. `allow`: it is made. `end`: it is never made; the supervisor is told which call it was, and ends the
 * worker with all that it started. `kill`: the process is killed with SIGSYS, unheard. Else it fails with the error.
 */
export type Verdict = 'allow' | 'end' | 'kill' | keyof typeof ERRNO;

/** What only the launcher knows, and writes into the program before it loads it. */
export type LaunchValue = 'pid' | 'execPath' | 'execArgv' | 'execEnvp';

/**
 * A test of one argument, all 64 bits of it: the upper half must be zero, or for a launch value equal too.
 * Bits in `ignoredBits`, of the lower half only, may be anything.
 */
export type ArgumentTest =
  | { readonly argument: number; readonly oneOf: readonly number[]; readonly ignoredBits?: number }
  | { readonly argument: number; readonly is: LaunchValue };

/** One verdict for some calls whatever their arguments, or a verdict while all tests hold and another one otherwise. */
export type Rule =
  | { readonly calls: readonly SyscallName[]; readonly verdict: Verdict }
  | {
      readonly calls: readonly SyscallName[];
      readonly verdict: Verdict;
      readonly when: readonly ArgumentTest[];
      readonly otherwise: Verdict;
    };

/** What confined code may ask of the kernel. A call that no rule names gets a default. */
export interface SeccompProfile {
  readonly name: 'js' | 'shell';
  /** Each call stands in at most one rule. */
  readonly rules: readonly Rule[];
  /** For the calls that the kernel had when the rules were written. */
  readonly unlisted: Verdict;
  /** The first number of the calls that came later. */
  readonly firstUnknown: number;
  readonly unknown: Verdict;
}
