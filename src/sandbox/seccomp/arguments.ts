import type { ArgumentTest } from './profile.ts';

const CLONE_THREAD = 0x0001_0000;

/** CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const NAMESPACE_FLAGS = 0x0000_0080 | 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x6000_0000;

const MAP_SHARED = 0x01;
const MAP_ANONYMOUS = 0x20;
const MAP_GROWSDOWN = 0x100;
const MAP_HUGETLB = 0x4_0000;

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x0000_0800;
const SOCK_CLOEXEC = 0x0008_0000;

const SOL_SOCKET = 1;
/** SO_REUSEADDR, SO_KEEPALIVE, SO_LINGER, SO_PASSCRED, SO_RCVTIMEO and SO_SNDTIMEO. */
const PLAIN_OPTIONS = [2, 9, 13, 16, 20, 21];

const TCGETS = 0x5401;
const TIOCGWINSZ = 0x5413;
const FIONREAD = 0x541b;
const FIONBIO = 0x5421;
const FIONCLEX = 0x5450;
const FIOCLEX = 0x5451;

/** F_DUPFD, F_GETFD, F_SETFD, F_GETFL and F_SETFL. */
const OLDEST_CONTROLS = [0, 1, 2, 3, 4];
/** F_GETLK, F_SETLK, F_SETLKW and the same of open files: memory of the kernel that nobody counts. */
const LOCKS = [5, 6, 7, 36, 37, 38];
const F_DUPFD_CLOEXEC = 1030;
const F_GETPIPE_SZ = 1032;
const F_GET_SEALS = 1034;

const PR_GET_DUMPABLE = 3;
const PR_SET_NAME = 15;
const PR_GET_NAME = 16;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;
/** V8 and glibc name their mappings with it. */
const PR_SET_VMA = 0x5356_4d41;

const allBut = (bits: number): number => ~bits >>> 0;

/** The process to signal is the worker itself. */
export const toItself: readonly ArgumentTest[] = [{ argument: 0, is: 'pid' }];

/** Path, arguments and environment are the launcher's own, on a page that its exec destroys. */
export const byTheLauncher: readonly ArgumentTest[] = [
  { argument: 0, is: 'execPath' },
  { argument: 1, is: 'execArgv' },
  { argument: 2, is: 'execEnvp' },
];

/** A new thread of this process, in its namespaces. */
export const aThread: readonly ArgumentTest[] = [
  { argument: 0, ignoredBits: allBut(CLONE_THREAD | NAMESPACE_FLAGS), oneOf: [CLONE_THREAD] },
];

/** A new thread or process in the same namespaces. */
export const inSameNamespaces: readonly ArgumentTest[] = [
  { argument: 0, ignoredBits: allBut(NAMESPACE_FLAGS), oneOf: [0] },
];

/**
 * Memory that RLIMIT_DATA counts, or a file. The kernel leaves shared memory without a file out of that limit, and what
 * grows like a stack; huge pages are the machine's reserve for somebody else.
 */
export const aCountedMapping: readonly ArgumentTest[] = [
  {
    argument: 3,
    ignoredBits: allBut(MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_HUGETLB),
    oneOf: [0, MAP_SHARED, MAP_ANONYMOUS],
  },
];

/** What asks about a descriptor or changes only the caller's view of it; TIOCSTI and devices' own commands do more. */
export const aHarmlessCommand: readonly ArgumentTest[] = [
  { argument: 1, oneOf: [FIONBIO, FIOCLEX, FIONCLEX, FIONREAD, TCGETS, TIOCGWINSZ] },
];

const CONTROLS = [...OLDEST_CONTROLS, F_DUPFD_CLOEXEC, F_GETPIPE_SZ, F_GET_SEALS];

/** Copies and flags; F_SETOWN, F_SETSIG, F_SETLEASE and F_NOTIFY have signals sent. */
export const aHarmlessControl: readonly ArgumentTest[] = [{ argument: 1, oneOf: CONTROLS }];

/** Locks too, which databases in one's scratch need. */
export const aHarmlessControlOrLock: readonly ArgumentTest[] = [{ argument: 1, oneOf: [...CONTROLS, ...LOCKS] }];

/** Names of threads and mappings, and the flags that are set already. */
export const aHarmlessOption: readonly ArgumentTest[] = [
  {
    argument: 0,
    oneOf: [PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_SET_VMA],
  },
];

/** The caller's own limits (pid 0), and no new value for them (a null pointer). */
export const toReadItsOwn: readonly ArgumentTest[] = [
  { argument: 0, oneOf: [0] },
  { argument: 2, oneOf: [0] },
];

/** What changes how a socket behaves: larger buffers, and filters, are memory of the kernel that nobody counts. */
export const aPlainSocketOption: readonly ArgumentTest[] = [
  { argument: 1, oneOf: [SOL_SOCKET] },
  { argument: 2, oneOf: PLAIN_OPTIONS },
];

/** A pair of streams: a datagram socket could be sent to any socket that has a path. */
export const aPairOfStreams: readonly ArgumentTest[] = [
  { argument: 0, oneOf: [AF_UNIX] },
  { argument: 1, ignoredBits: SOCK_NONBLOCK | SOCK_CLOEXEC, oneOf: [SOCK_STREAM] },
];
