import { denied, harmless, type Attack, type Expectation } from './attack.ts';
import { refusedScript, scriptsOf } from './shell-attack.ts';

const { sh, python3 } = scriptsOf('the kernel and the network, by scripts');
const notPermitted = refusedScript(/not permitted|Permission denied/);
const deniedAs = (call: string): Expectation => ({ ...denied, message: new RegExp(`called ${call},`) });
/** The libraries of C call some of them by their newer names. */
const deniedCall = (name: string, call: string, args: string): Attack =>
  python3(name, deniedAs(call), `libc.${call}(${args})\nescaped()`);
const failsAs = (name: string, call: string): Attack =>
  python3(
    name,
    notPermitted,
    `if ${call} == -1: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))\nescaped()`,
  );

/** System calls that no script needs, sockets of every kind, and more rights. */
export const shellKernelAttacks: readonly Attack[] = [
  sh('unshare of the network', denied, `unshare --net true && escaped`),
  sh('unshare of the users', denied, `unshare --user --map-root-user true && escaped`),
  deniedCall('unshare by ctypes', 'unshare', '0x10000000'),
  deniedCall('setns by ctypes', 'setns', '0, 0'),
  deniedCall('mount by ctypes', 'mount', 'b"tmpfs", b"/scratch", b"tmpfs", 0, None'),
  deniedCall('umount by ctypes', 'umount2', 'b"/scratch", 2'),
  deniedCall('chroot by ctypes', 'chroot', 'b"/scratch"'),
  deniedCall('pivot_root by ctypes', 'pivot_root', 'b"/scratch", b"/scratch"'),
  deniedCall('ptrace of the worker', 'ptrace', '16, os.getppid(), 0, 0'),
  deniedCall('ptrace of a child', 'ptrace', '0, 0, 0, 0'),
  deniedCall('reading the memory of the worker', 'process_vm_readv', 'os.getppid(), None, 0, None, 0, 0'),
  deniedCall('the clock of the machine', 'clock_settime', '0, ctypes.create_string_buffer(16)'),
  deniedCall('swapping off', 'swapoff', 'b"/scratch/x"'),
  deniedCall('accounting of processes', 'acct', 'None'),
  python3('the log of the kernel', deniedAs('syslog'), 'libc.klogctl(3, None, 0)\nescaped()'),
  python3('chroot of Python', deniedAs('chroot'), `os.chroot("/scratch")\nescaped()`),
  python3('setuid to root', deniedAs('setuid'), `os.setuid(0)\nescaped()`),
  python3('setgroups', deniedAs('setgroups'), `os.setgroups([0])\nescaped()`),
  failsAs('another name for the machine', 'libc.sethostname(b"x", 1)'),
  failsAs('another personality', 'libc.personality(0x0040000)'),
  failsAs('a watch on files of others', 'libc.inotify_init1(0)'),
  failsAs('a signal for whoever outlives its parent', 'libc.prctl(36, 1, 0, 0, 0)'),
  failsAs('shared memory of System V', 'libc.shmget(0, 1 << 20, 0o1600)'),
  failsAs('a queue of messages of System V', 'libc.msgget(0, 0o1600)'),
  sh('a higher priority', notPermitted, `renice -n -20 $$ && escaped`),
  python3('the priority that it started with', notPermitted, `os.setpriority(os.PRIO_PROCESS, 0, 0)\nescaped()`),
  sh('the priority of its session', notPermitted, `echo -20 > /proc/self/autogroup && escaped`),
  python3(
    'the scheduler of real time',
    notPermitted,
    `os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))\nescaped()`,
  ),
  python3('the processors of its choice', notPermitted, `os.sched_setaffinity(0, {0})\nescaped()`),
  sh('more processes for itself', notPermitted, `ulimit -p 100000 && escaped`),
  python3(
    'more of everything for itself',
    harmless,
    `for name in dir(resource):
  if name.startswith("RLIMIT_"):
    try:
      resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
      escaped()
    except (OSError, ValueError): pass
print(1)`,
  ),
  python3(
    'a limit of the worker',
    notPermitted,
    `resource.prlimit(os.getppid(), resource.RLIMIT_NPROC, (1, 1))\nescaped()`,
  ),
  python3(
    'sockets of every family',
    harmless,
    `for family in range(0, 50):
  for kind in (1, 2, 3, 5):
    try:
      socket.socket(family, kind)
      escaped()
    except OSError: pass
print(1)`,
  ),
  python3(
    'a connection to the server',
    notPermitted,
    `socket.create_connection(("127.0.0.1", get("tcpPort")))\nescaped()`,
  ),
  python3(
    "a connection to the server's socket",
    notPermitted,
    `socket.socket(socket.AF_UNIX).connect(get("unixPath"))\nescaped()`,
  ),
  python3(
    'a pair of datagram sockets',
    notPermitted,
    `socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\nescaped()`,
  ),
  python3(
    'a name of the network',
    refusedScript(/name resolution/),
    `socket.getaddrinfo("example.com", 80)\nescaped()`,
  ),
  sh('a connection by bash', notPermitted, `bash -c "echo > /dev/tcp/127.0.0.1/$(get tcpPort)" && escaped`),
  sh(
    'a connection by perl',
    notPermitted,
    `perl -MSocket -e 'socket(my $s, PF_INET, SOCK_STREAM, 0) or die "$!\\n"' && escaped`,
  ),
];
