import { describe, expect, it } from 'vitest';
import { jsProfile, shellProfile } from '../../../../src/sandbox/seccomp/profiles.ts';
import { SYSCALL_NUMBERS, syscallNumber } from '../../../../src/sandbox/seccomp/syscall-numbers.ts';

describe('the numbers of system calls', () => {
  it.each(['x86_64', 'aarch64'] as const)('are different for different calls (%s)', (architecture) => {
    const column = architecture === 'x86_64' ? 0 : 1;
    const numbers = Object.values(SYSCALL_NUMBERS)
      .map((pair) => pair[column])
      .filter((number) => number !== undefined);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((number) => number < jsProfile.firstUnknown)).toBe(true);
  });

  it('are the same on both architectures since Linux 5.1', () => {
    const young = Object.values(SYSCALL_NUMBERS).filter(([x86]) => x86 >= 424);
    expect(young.every(([x86, arm]) => x86 === arm)).toBe(true);
  });

  it('lack on aarch64 what the newer ...at calls replace', () => {
    const replaced = [
      'open',
      'stat',
      'lstat',
      'fork',
      'vfork',
      'pipe',
      'epoll_wait',
      'rename',
      'chmod',
      'time',
    ] as const;
    expect(replaced.map((name) => syscallNumber(name, 'aarch64'))).toEqual(replaced.map(() => undefined));
  });

  it.each([
    ['read', 0, 63],
    ['newfstatat', 262, 79],
    ['openat', 257, 56],
    ['clone', 56, 220],
    ['execve', 59, 221],
    ['ptrace', 101, 117],
    ['socket', 41, 198],
    ['prlimit64', 302, 261],
    ['renameat', 264, 38],
    ['clone3', 435, 435],
  ] as const)('of %s are %i and %i', (name, x86, arm) => {
    expect([syscallNumber(name, 'x86_64'), syscallNumber(name, 'aarch64')]).toEqual([x86, arm]);
  });

  it('stand for nothing that no profile names', () => {
    const named = new Set<string>(
      [jsProfile, shellProfile].flatMap(({ rules }) => rules.flatMap(({ calls }) => calls)),
    );
    expect(Object.keys(SYSCALL_NUMBERS).filter((name) => !named.has(name))).toEqual([]);
  });
});
