import { describe, expect, it } from 'vitest';
import type { SeccompProfile } from '../../../../src/sandbox/seccomp/profile.ts';
import { jsProfile, shellProfile } from '../../../../src/sandbox/seccomp/profiles.ts';
import { syscallNumber, type SyscallName } from '../../../../src/sandbox/seccomp/syscall-numbers.ts';
import { AUDIT_ARCH, LAUNCH, loadedFilter, returnValue } from '../../../support/seccomp-reading.ts';

const VERDICTS = ['allow', 'end', 'kill', 'EPERM', 'EACCES', 'ENOTTY', 'ENOSYS'] as const;
const SIGNAL_CHILD = 17n;
const THREAD = 0x3d_0f00n; // what glibc's pthread_create passes
const UPPER = 1n << 32n;

/** What the x86_64 program of a profile answers, by name of the call. */
function asker(profile: SeccompProfile): (call: SyscallName | number, ...args: readonly bigint[]) => string {
  const run = loadedFilter(profile, 'x86_64');
  return (call, ...args) => {
    const nr = typeof call === 'number' ? call : (syscallNumber(call, 'x86_64') ?? -1);
    const { value } = run({ nr, arch: AUDIT_ARCH.x86_64, args });
    return VERDICTS.find((verdict) => returnValue(verdict) === value) ?? `0x${value.toString(16)}`;
  };
}

const js = asker(jsProfile);
const shell = asker(shellProfile);
const both = [
  { name: 'js', ask: js },
  { name: 'shell', ask: shell },
];

describe.each(both)('both profiles ($name)', ({ ask }) => {
  it.each([
    ...(['ptrace', 'process_vm_readv', 'pidfd_getfd', 'bpf', 'perf_event_open', 'userfaultfd', 'keyctl'] as const),
    ...(['mount', 'umount2', 'pivot_root', 'chroot', 'unshare', 'setns', 'fsopen', 'open_by_handle_at'] as const),
    ...(['init_module', 'kexec_load', 'reboot', 'iopl', 'modify_ldt', 'clock_settime', 'setuid', 'setgroups'] as const),
  ])('end a worker that calls %s', (call) => {
    expect(ask(call)).toBe('end');
  });

  it.each(['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register', 'memfd_secret', 'openat2'] as const)(
    'say that there is no %s, so that libraries fall back',
    (call) => {
      expect(ask(call)).toBe('ENOSYS');
    },
  );

  it('kill on the x32 ABI and on negative numbers', () => {
    expect(new Set([0x4000_0000, 0x4000_0027, 0x7fff_ffff, -1, -0x8000_0000].map((nr) => ask(nr)))).toEqual(
      new Set(['kill']),
    );
  });

  it('refuse what they do not know: EPERM for old calls, ENOSYS for new ones', () => {
    const futexWaitv = 449;
    const fchmodat2 = 452;
    const execveat = 322;
    const seccomp = 317;
    expect([futexWaitv, execveat, seccomp, fchmodat2, 500, 100_000, 0x3fff_ffff].map((nr) => ask(nr))).toEqual([
      ...['EPERM', 'EPERM', 'EPERM'],
      ...['ENOSYS', 'ENOSYS', 'ENOSYS', 'ENOSYS'],
    ]);
  });

  it('give no socket of any family', () => {
    expect(new Set([1n, 2n, 10n, 16n, 17n, 38n, 40n].map((family) => ask('socket', family, 1n)))).toEqual(
      new Set(['EACCES']),
    );
    const rest = { connect: 42, accept: 43, bind: 49, listen: 50, accept4: 288 };
    expect(new Set(Object.values(rest).map((nr) => ask(nr)))).toEqual(new Set(['EPERM']));
  });

  it('let a thread start, and nobody make a namespace', () => {
    expect(ask('clone', THREAD)).toBe('allow');
    for (const flag of [
      0x80n,
      0x2_0000n,
      0x200_0000n,
      0x400_0000n,
      0x800_0000n,
      0x1000_0000n,
      0x2000_0000n,
      0x4000_0000n,
    ]) {
      expect([ask('clone', THREAD | flag), ask('clone', SIGNAL_CHILD | flag)]).toEqual(['EPERM', 'EPERM']);
    }
  });

  it('see a flag in the upper half of an argument', () => {
    expect(ask('clone', THREAD | UPPER)).toBe('EPERM');
    expect(ask('clone', THREAD | (0x1000_0000n << 32n))).toBe('EPERM');
    expect(ask('ioctl', 0n, 0x5401n | UPPER)).toBe('ENOTTY');
    expect(ask('prctl', 15n | UPPER)).toBe('EPERM');
    expect(ask('prlimit64', UPPER, 7n, 0n)).toBe('EPERM');
    expect(ask('prlimit64', 0n, 7n, UPPER)).toBe('EPERM');
  });

  it('answer a few ioctls, and none that types into a terminal', () => {
    expect(
      new Set([0x5401n, 0x5413n, 0x5421n, 0x5450n, 0x5451n, 0x541bn].map((command) => ask('ioctl', 0n, command))),
    ).toEqual(new Set(['allow']));
    expect(new Set([0x5412n, 0x5402n, 0x4004_9409n, 0n].map((command) => ask('ioctl', 0n, command)))).toEqual(
      new Set(['ENOTTY']),
    );
  });

  it('let names be set by prctl, but neither dumpability nor capabilities nor a filter', () => {
    expect(new Set([15n, 16n, 3n, 38n, 39n, 0x5356_4d41n].map((option) => ask('prctl', option)))).toEqual(
      new Set(['allow']),
    );
    expect(new Set([4n, 22n, 23n, 24n, 1n, 47n].map((option) => ask('prctl', option)))).toEqual(new Set(['EPERM']));
  });

  it('let sockets be told how to behave, and neither give them larger buffers nor filters', () => {
    const socketLevel = 1n;
    const ask3 = (option: bigint, level = socketLevel): string =>
      ask('setsockopt', 3n, level, option, 0x7fff_0000n, 4n);
    expect(new Set([2n, 9n, 13n, 16n, 20n, 21n].map((option) => ask3(option)))).toEqual(new Set(['allow']));
    // SO_SNDBUF, SO_RCVBUF, the same by force, SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_PEEK_OFF.
    const costly = [7n, 8n, 32n, 33n, 26n, 50n, 42n].map((option) => ask3(option));
    expect(new Set([...costly, ask3(2n, 6n), ask3(2n, 0n), ask3(2n | UPPER), ask3(2n, 1n | UPPER)])).toEqual(
      new Set(['EPERM']),
    );
  });

  it('let limits be read, not written, and not those of another process', () => {
    expect(ask('prlimit64', 0n, 7n, 0n, 0x7fff_0000n)).toBe('allow');
    expect(ask('prlimit64', 0n, 7n, 0x7fff_0000n, 0n)).toBe('EPERM');
    expect(ask('prlimit64', 1n, 7n, 0n, 0x7fff_0000n)).toBe('EPERM');
  });
});

describe('the js profile', () => {
  const { execPath, execArgv, execEnvp, pid } = LAUNCH;

  it('executes what the launcher executes, and nothing else', () => {
    expect(js('execve', execPath, execArgv, execEnvp)).toBe('allow');
    expect(js('execve', execPath + 1n, execArgv, execEnvp)).toBe('EPERM');
    expect(js('execve', execPath, execArgv + 8n, execEnvp)).toBe('EPERM');
    expect(js('execve', execPath, execArgv, 0n)).toBe('EPERM');
    expect(js('execve', execPath ^ UPPER, execArgv, execEnvp)).toBe('EPERM');
    expect(js('execve', execPath, execArgv ^ UPPER, execEnvp)).toBe('EPERM');
    expect(js('execve', execPath, execArgv, execEnvp ^ UPPER)).toBe('EPERM');
  });

  it('starts no process', () => {
    expect(js('clone', SIGNAL_CHILD)).toBe('EPERM');
    expect(js('clone', 0x4100n | SIGNAL_CHILD)).toBe('EPERM'); // CLONE_VM | CLONE_VFORK, as posix_spawn does
    expect([js('fork'), js('vfork')]).toEqual(['EPERM', 'EPERM']);
  });

  it('signals only its own process', () => {
    expect(js('tgkill', pid, pid + 5n, 6n)).toBe('allow');
    expect(js('tgkill', pid + 1n, pid + 1n, 6n)).toBe('EPERM');
    expect(js('tgkill', pid | UPPER, pid, 6n)).toBe('EPERM');
    expect(js('kill', pid, 9n)).toBe('EPERM');
  });

  it('makes no pair of sockets, and says it with the error on which child_process.spawn throws', () => {
    expect(js('socketpair', 1n, 1n)).toBe('EPERM');
  });

  it('changes no mode and no time of a file', () => {
    const calls = ['chmod', 'fchmod', 'fchmodat', 'utime', 'utimes', 'futimesat', 'utimensat'] as const;
    expect(calls.map((call) => [js(call), shell(call)])).toEqual(calls.map(() => ['EPERM', 'allow']));
  });
});

describe('the shell profile', () => {
  it('starts processes and signals them', () => {
    expect(
      new Set((['fork', 'vfork', 'execve', 'waitid', 'kill', 'tgkill', 'setsid'] as const).map((call) => shell(call))),
    ).toEqual(new Set(['allow']));
    expect(shell('clone', SIGNAL_CHILD)).toBe('allow');
    expect(shell('clone', 0x4100n | SIGNAL_CHILD)).toBe('allow');
  });

  it('makes pairs of streams, and no other sockets', () => {
    const closeOnExec = 0x8_0000n;
    const nonBlocking = 0x800n;
    expect([1n, 1n | closeOnExec, 1n | closeOnExec | nonBlocking].map((type) => shell('socketpair', 1n, type))).toEqual(
      [...['allow', 'allow', 'allow']],
    );
    const datagram = 2n;
    const sequenced = 5n;
    expect(
      new Set(
        [datagram, datagram | closeOnExec, sequenced, 0n, 1n | UPPER].map((type) => shell('socketpair', 1n, type)),
      ),
    ).toEqual(new Set(['EACCES']));
    expect(shell('socketpair', 2n, 1n)).toBe('EACCES');
  });
});
