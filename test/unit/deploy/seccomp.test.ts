import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsProfile, shellProfile } from '../../../src/sandbox/seccomp/profiles.ts';
import { ContainerSeccomp, verdictOf } from '../../support/container-seccomp.ts';

const profile = ContainerSeccomp.parse(JSON.parse(await readFile('deploy/docker/seccomp.json', 'utf8')));
const verdict = (name: string, ...args: readonly number[]) => verdictOf(profile, name, args);

const FOLDER = 'src/sandbox/launcher';
const sourceFiles = (await readdir(FOLDER)).filter((file) => file.endsWith('.c'));
const sources = await Promise.all(sourceFiles.map((file) => readFile(path.join(FOLDER, file), 'utf8')));
const source = sources.join('\n').replaceAll(/\/\/.*|"(\\.|[^"\\])*"/g, '');

/** What the functions of the C library that the launcher calls ask of the kernel, on either architecture. */
const CALLS_OF: Readonly<Record<string, readonly string[]>> = {
  _exit: ['exit_group'],
  chdir: ['chdir'],
  clock_gettime: ['clock_gettime'],
  close: ['close'],
  closedir: ['close'],
  connect: ['connect'],
  dprintf: ['write', 'writev'],
  dup2: ['dup2', 'dup3'],
  execve: ['execve'],
  fcntl: ['fcntl'],
  fork: ['fork', 'clone'],
  fstat: ['fstat', 'newfstatat'],
  getegid: ['getegid'],
  geteuid: ['geteuid'],
  getpid: ['getpid'],
  getppid: ['getppid'],
  getpriority: ['getpriority'],
  getsid: ['getsid'],
  getsockopt: ['getsockopt'],
  ioctl: ['ioctl'],
  kill: ['kill'],
  malloc: ['brk', 'mmap', 'munmap'],
  mkdir: ['mkdir', 'mkdirat'],
  mmap: ['mmap'],
  mount: ['mount'],
  open: ['open', 'openat'],
  opendir: ['open', 'openat'],
  pipe2: ['pipe2'],
  poll: ['poll', 'ppoll'],
  prctl: ['prctl'],
  pread: ['pread64'],
  prlimit: ['prlimit64'],
  read: ['read'],
  readdir: ['getdents64'],
  recvmsg: ['recvmsg'],
  sendmsg: ['sendmsg'],
  sethostname: ['sethostname'],
  setpgid: ['setpgid'],
  setpriority: ['setpriority'],
  setresgid: ['setresgid'],
  setresuid: ['setresuid'],
  setrlimit: ['setrlimit', 'prlimit64'],
  setsid: ['setsid'],
  setsockopt: ['setsockopt'],
  sigaction: ['rt_sigaction', 'rt_sigprocmask'],
  signal: ['rt_sigaction', 'rt_sigprocmask'],
  socket: [], // A Unix one, which the server has too: see below.
  socketpair: ['socketpair'],
  statvfs: ['statfs'],
  umount2: ['umount2'],
  wait: ['wait4'],
  wait4: ['wait4'],
  write: ['write'],
};

/** Made by a launcher that is root alone; in a container the server is another user. */
const OF_ROOT = new Set(['unshare', 'setgroups']);
/** Measures better where it is given; a part of the kernel with a history of holes is no price for that in a container. */
const DISPENSABLE = new Set(['perf_event_open', 'kcmp']);
/** They ask the kernel nothing, or what stands above. */
const WITHIN_THE_PROCESS = new Set(
  'clock_getcpuclockid memcpy memmove memset offsetof snprintf sscanf strchr strcmp strcpy strlen strncmp strnlen strrchr strstr strtol strtoll strtoul sysconf'.split(
    ' ',
  ),
);

/** The names before each opening bracket, without words of C, macros and what the launcher defines itself. */
function calledFunctions(): readonly string[] {
  const own = new Set(
    [...source.matchAll(/^(?:static )?(?:_Noreturn )?[a-z][\w ]*[ *](\w+)\([^;]*\) \{/gm)].map(([, name]) => name),
  );
  const words = new Set(['if', 'for', 'while', 'switch', 'return', 'sizeof', 'syscall', 'main', '__attribute__']);
  const called = [...source.matchAll(/\b([a-z_][a-z_0-9]*)\(/g)].map(([, name = '']) => name);
  return [...new Set(called)].filter((name) => !own.has(name) && !words.has(name)).sort();
}

const NAMESPACES = 0x0002_0000 + 0x0400_0000 + 0x0800_0000 + 0x1000_0000 + 0x2000_0000 + 0x4000_0000;
const SIGCHLD = 17;

describe('the seccomp profile of containers', () => {
  it('is for the architectures that there is a launcher for', () => {
    expect(profile.architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64']);
  });

  it('lets through what the launcher asks of the kernel itself', () => {
    const direct = [...source.matchAll(/\bSYS_(\w+)/g)].map(([, name = '']) => name);
    expect(direct).toContain('pivot_root');
    expect(new Set(direct.filter((name) => verdict(name) !== 'allow'))).toEqual(DISPENSABLE);
  });

  it('lets through what the C library asks for the launcher', () => {
    const functions = calledFunctions().filter((name) => !OF_ROOT.has(name) && !WITHIN_THE_PROCESS.has(name));
    expect(functions).toContain('mount');
    // A function that is new here: add it above with what it asks of the kernel, and that to the profile.
    expect(functions.filter((name) => CALLS_OF[name] === undefined)).toEqual([]);
    const calls = functions.flatMap((name) => CALLS_OF[name] ?? []);
    expect([...new Set(calls)].filter((name) => verdict(name) !== 'allow')).toEqual([]);
  });

  it('lets the launcher make a process in namespaces of its own, all or none', () => {
    expect(verdict('clone', NAMESPACES | SIGCHLD)).toBe('allow');
    expect(verdict('clone', SIGCHLD)).toBe('allow');
    const some = [0x1000_0000, 0x2000_0000, NAMESPACES - 0x1000_0000, NAMESPACES + 0x0200_0000];
    expect(some.map((flags) => verdict('clone', flags | SIGCHLD))).toEqual(some.map(() => 1));
    // So that the C library falls back to clone, whose flags a filter can read.
    expect(verdict('clone3')).toBe(38);
  });

  it.each([jsProfile, shellProfile])('lets through what workers of the profile $name may ask', ({ rules }) => {
    const plain = rules.filter((rule) => rule.verdict === 'allow' && !('when' in rule));
    const calls = plain.flatMap((rule) => rule.calls);
    expect(calls.length).toBeGreaterThan(50);
    expect(calls.filter((name) => verdict(name) !== 'allow')).toEqual([]);
  });

  it('lets the server open sockets of the kinds that it has, and no others', () => {
    const families = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17, alg: 38, vsock: 40 };
    const allowed = Object.entries(families).filter(([, family]) => verdict('socket', family) === 'allow');
    expect(allowed.map(([name]) => name)).toEqual(['unix', 'inet', 'inet6', 'netlink']);
  });

  it('refuses the rest', () => {
    const refused = [
      ...['unshare', 'setns', 'chroot', 'umount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'move_mount', 'open_tree'],
      ...[
        'mount_setattr',
        'setdomainname',
        'ptrace',
        'process_vm_readv',
        'process_vm_writev',
        'process_madvise',
        'kcmp',
      ],
      ...[
        'pidfd_getfd',
        'bpf',
        'perf_event_open',
        'userfaultfd',
        'io_uring_setup',
        'io_uring_enter',
        'io_uring_register',
      ],
      ...['keyctl', 'add_key', 'request_key', 'init_module', 'finit_module', 'delete_module', 'kexec_load'],
      ...['kexec_file_load', 'open_by_handle_at', 'name_to_handle_at', 'quotactl', 'quotactl_fd', 'swapon', 'swapoff'],
      ...[
        'reboot',
        'acct',
        'iopl',
        'ioperm',
        'modify_ldt',
        'syslog',
        'settimeofday',
        'clock_settime',
        'stime',
        'vhangup',
      ],
      ...['lookup_dcookie', 'fanotify_init', 'nfsservctl', 'uselib', 'sysfs', 'ustat', '_sysctl', 'vm86'],
    ];
    expect(refused.filter((name) => verdict(name) === 'allow')).toEqual([]);
    expect(verdict('a call of tomorrow')).toBe(1);
  });
});
