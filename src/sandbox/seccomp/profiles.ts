import {
  aCountedMapping,
  aHarmlessCommand,
  aHarmlessControl,
  aHarmlessControlOrLock,
  aHarmlessOption,
  aPairOfStreams,
  aPlainSocketOption,
  aThread,
  byTheLauncher,
  inSameNamespaces,
  toItself,
  toReadItsOwn,
} from './arguments.ts';
import type { ArgumentTest, Rule, SeccompProfile, Verdict } from './profile.ts';
import type { SyscallName } from './syscall-numbers.ts';

const allow = (...calls: readonly SyscallName[]): Rule => ({ calls, verdict: 'allow' });
const end = (...calls: readonly SyscallName[]): Rule => ({ calls, verdict: 'end' });
const answer = (verdict: Verdict, ...calls: readonly SyscallName[]): Rule => ({ calls, verdict });
const allowOnly = (call: SyscallName, when: readonly ArgumentTest[], otherwise: Verdict): Rule => ({
  calls: [call],
  verdict: 'allow',
  when,
  otherwise,
});

const allowedInBoth: readonly Rule[] = [
  // Files: which ones, Landlock and the private root decide.
  allow('read', 'write', 'readv', 'writev', 'pread64', 'pwrite64', 'preadv', 'pwritev', 'lseek', 'copy_file_range'),
  allow('open', 'openat', 'close', 'close_range', 'dup', 'dup2', 'dup3', 'umask', 'getcwd', 'chdir'),
  allow('stat', 'fstat', 'lstat', 'newfstatat', 'statx', 'statfs', 'fstatfs', 'access', 'faccessat', 'faccessat2'),
  allow('getdents64', 'readlink', 'readlinkat', 'ftruncate', 'fallocate', 'fsync', 'fdatasync'),
  allow('rename', 'renameat', 'renameat2', 'mkdir', 'mkdirat', 'rmdir', 'unlink', 'unlinkat'),
  // Memory.
  allowOnly('mmap', aCountedMapping, 'EPERM'),
  allow('brk', 'munmap', 'mremap', 'mprotect', 'madvise', 'membarrier'),
  allow('pkey_alloc', 'pkey_mprotect', 'pkey_free'),
  // Threads and signals of the process itself.
  allow('futex', 'set_robust_list', 'get_robust_list', 'rseq', 'set_tid_address', 'gettid', 'arch_prctl'),
  allow('sched_getaffinity', 'sched_yield', 'sched_getparam', 'sched_getscheduler', 'exit', 'exit_group', 'wait4'),
  allow('rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'sigaltstack', 'rt_sigtimedwait', 'restart_syscall'),
  // Waiting, and messages over the descriptors that it was started with.
  allow(
    'epoll_create1',
    'epoll_ctl',
    'epoll_wait',
    'epoll_pwait',
    'epoll_pwait2',
    'eventfd2',
    'pipe2',
    'poll',
    'ppoll',
  ),
  allow('sendmsg', 'recvmsg', 'recvfrom', 'sendto', 'shutdown'),
  allow('getsockname', 'getpeername', 'getsockopt'),
  allowOnly('setsockopt', aPlainSocketOption, 'EPERM'),
  // Questions about itself and the machine.
  allow('getrusage', 'sysinfo', 'uname', 'getrandom', 'clock_gettime', 'clock_getres', 'clock_nanosleep', 'nanosleep'),
  allow('gettimeofday', 'time', 'times', 'getcpu', 'getpid', 'getppid', 'getuid', 'geteuid', 'getgid', 'getegid'),
  allow('capget', 'getpriority'),
  // Setting limits would let it widen what the supervisor lowers.
  allowOnly('prlimit64', toReadItsOwn, 'EPERM'),
  // A descriptor that is not a terminal answers the same.
  allowOnly('ioctl', aHarmlessCommand, 'ENOTTY'),
  allowOnly('prctl', aHarmlessOption, 'EPERM'),
];

const refusedInBoth: readonly Rule[] = [
  // The way out is the broker. Programs understand EACCES as "no network for you".
  answer('EACCES', 'socket'),
  // Its flags are behind a pointer; glibc then falls back to clone, whose flags can be tested.
  answer('ENOSYS', 'clone3'),
  // A ring makes calls that no filter sees; libuv then falls back to its thread pool.
  answer('ENOSYS', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'),
  // Its flags are behind a pointer too; callers fall back to openat.
  answer('ENOSYS', 'openat2'),
  answer('ENOSYS', 'memfd_secret', 'landlock_create_ruleset'),
  // A file that is on no mount could be executed, whatever the mounts forbid.
  answer('EPERM', 'memfd_create'),
];

/** No honest program of either profile makes these calls, so one that does has been taken over. */
const endedInBoth: readonly Rule[] = [
  // Other processes.
  end('ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'),
  // Parts of the kernel with a history of holes.
  end('bpf', 'perf_event_open', 'userfaultfd', 'keyctl', 'add_key', 'request_key', 'lookup_dcookie'),
  end('kexec_load', 'kexec_file_load', 'create_module', 'init_module', 'finit_module', 'delete_module', 'query_module'),
  // Mounts and namespaces.
  end('mount', 'umount2', 'pivot_root', 'chroot', 'unshare', 'setns', 'name_to_handle_at', 'open_by_handle_at'),
  end('open_tree', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr'),
  // The machine.
  end('quotactl', 'quotactl_fd', 'swapon', 'swapoff', 'reboot', 'acct', 'syslog', 'vhangup'),
  end('iopl', 'ioperm', 'modify_ldt'),
  end('settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex'),
  // Who it is.
  end('setuid', 'setreuid', 'setresuid', 'setfsuid', 'setgid', 'setregid', 'setresgid', 'setfsgid', 'setgroups'),
];

const defaults = {
  unlisted: 'EPERM',
  // The last call of the tables is set_mempolicy_home_node (450, Linux 5.17). Libraries use newer ones when they are
  // there and fall back on ENOSYS alone: glibc's fchmodat tries fchmodat2 (452) and reports EPERM as a failure.
  firstUnknown: 451,
  unknown: 'ENOSYS',
} as const;

/** For JavaScript: one process, no exec, no sockets. */
export const jsProfile: SeccompProfile = {
  name: 'js',
  rules: [
    ...allowedInBoth,
    ...refusedInBoth,
    ...endedInBoth,
    // The right to execute node and its loader would be the right to execute every readable file.
    allowOnly('execve', byTheLauncher, 'EPERM'),
    allowOnly('clone', aThread, 'EPERM'),
    // The owner of a descriptor is sent a signal of one's choice: without a pid namespace it could be the server.
    allowOnly('fcntl', aHarmlessControl, 'EPERM'),
    // Without a pid namespace it would see all processes of its user.
    allowOnly('tgkill', toItself, 'EPERM'),
    // Landlock does not stop these on files that the worker's user owns.
    answer('EPERM', 'chmod', 'fchmod', 'fchmodat', 'utime', 'utimes', 'futimesat', 'utimensat'),
    // On EACCES child_process.spawn would go on with pipes that are not connected, whose errors nobody hears and which end
    // the worker; on EPERM it throws.
    answer('EPERM', 'socketpair'),
  ],
  ...defaults,
};

/** For tools in other languages, on a private root and in a pid namespace: processes too, but still no sockets. */
export const shellProfile: SeccompProfile = {
  name: 'shell',
  rules: [
    ...allowedInBoth,
    ...refusedInBoth,
    ...endedInBoth,
    allow('fork', 'vfork', 'execve', 'waitid', 'setsid', 'setpgid', 'getpgrp', 'getpgid', 'getsid', 'getgroups'),
    allowOnly('fcntl', aHarmlessControlOrLock, 'EPERM'),
    // Its pid namespace holds only its own processes. A child that aborts signals itself, under its own pid.
    allow('kill', 'tgkill'),
    allow('pipe', 'select', 'pselect6', 'alarm', 'getitimer', 'setitimer', 'rt_sigsuspend', 'rt_sigpending'),
    allow(
      'timer_create',
      'timer_settime',
      'timer_gettime',
      'timer_getoverrun',
      'timer_delete',
      'getresuid',
      'getresgid',
    ),
    allow('fchdir', 'symlink', 'symlinkat', 'link', 'linkat', 'flock', 'creat', 'truncate'),
    // cp, sed and tar give up a file whose attributes they may not list, or which they may not give to itself.
    allow('getxattr', 'lgetxattr', 'fgetxattr', 'listxattr', 'llistxattr', 'flistxattr'),
    // Told that there are none to set, install falls back to chmod.
    answer('ENOSYS', 'setxattr', 'lsetxattr', 'fsetxattr'),
    allow('chown', 'lchown', 'fchown', 'fchownat'),
    allow('fadvise64', 'sync_file_range', 'sendfile', 'splice', 'tee'),
    // Every file that it can reach is its own or on a read-only mount.
    allow('chmod', 'fchmod', 'fchmodat', 'utime', 'utimes', 'futimesat', 'utimensat'),
    allowOnly('clone', inSameNamespaces, 'EPERM'),
    allowOnly('socketpair', aPairOfStreams, 'EACCES'),
  ],
  ...defaults,
};
