import { ends, harmless, type Attack } from './attack.ts';
import { refusedScript, scriptsOf } from './shell-attack.ts';

const { python3 } = scriptsOf('bounds of scripts');
const memoryFull = ends('memoryExceeded');
/** What is filled slowly on a machine that has other work. */
const slowly = { limits: { timeoutMs: 20_000, cpuMs: 60_000 } } as const;
const MAPPING = `libc.mmap.restype = ctypes.c_void_p
def mapping(size, access, flags):
  where = libc.mmap(None, ctypes.c_size_t(size), access, flags, -1, 0)
  if where == ctypes.c_void_p(-1).value: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
  return where
`;

/** By way of C, whose frames are on the stack of the thread. */
const RECURSION = `sys.setrecursionlimit(1 << 30)
class Deep:
  def __repr__(self): return repr(Deep())
`;

/** Each is gone before anybody looks, and the kernel forgets what it used. */
const UNSEEN_CHILDREN = `signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
  child = os.fork()
  if child == 0:
    while time.process_time() < 0.02: pass
    os._exit(0)
  try: os.waitpid(child, 0)
  except ChildProcessError: pass
`;

/** What no limit of a single process counts. Each gives up, as an escape, far above its limit: a hole takes no machine down. */
export const shellBoundAttacks: readonly Attack[] = [
  python3(
    'memory that is filled and then made read-only',
    memoryFull,
    `${MAPPING}size = 8 << 20
for _ in range(64):
  where = mapping(size, 3, 0x22)
  ctypes.memset(where, 1, size)
  if libc.mprotect(ctypes.c_void_p(where), ctypes.c_size_t(size), 1) == -1: raise OSError(ctypes.get_errno(), "mprotect")
  time.sleep(0.02)
time.sleep(0.5)
escaped()
print(1)`,
    slowly,
  ),
  python3(
    'tables of pages for a tebibyte that is read-only',
    memoryFull,
    `${MAPPING}where = mapping(1 << 40, 1, 0x4022)
for at in range(131_072): ctypes.c_ubyte.from_address(where + (at << 21)).value
time.sleep(0.5)
escaped()
print(1)`,
    slowly,
  ),
  python3(
    // Read-only, so that no limit of a single process counts it.
    'memory of a process whose first thread has ended',
    memoryFull,
    `${MAPPING}def fill():
  time.sleep(0.2)
  for _ in range(64):
    where = mapping(8 << 20, 3, 0x22)
    ctypes.memset(where, 1, 8 << 20)
    libc.mprotect(ctypes.c_void_p(where), ctypes.c_size_t(8 << 20), 1)
    time.sleep(0.02)
  time.sleep(0.5)
  escaped()
  os.write(1, b"1")
  os._exit(0)
threading.Thread(target=fill).start()
libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)`,
    slowly,
  ),
  python3(
    'memory in eight processes whose first threads have ended',
    memoryFull,
    `${MAPPING}end = lambda: libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)
def fill():
  time.sleep(0.2)
  data = b"x" * (60 << 20)
  time.sleep(9)
  os._exit(0)
def start():
  for _ in range(8):
    if os.fork() == 0:
      threading.Thread(target=fill).start()
      end()
  time.sleep(8)
  escaped()
  os.write(1, b"1")
  os._exit(0)
threading.Thread(target=start).start()
end()`,
    slowly,
  ),
  python3(
    'memory in eight processes, each below its limit',
    memoryFull,
    `children = []
for _ in range(8):
  child = os.fork()
  if child == 0:
    data = b"x" * (60 << 20)
    time.sleep(1)
    os._exit(0)
  children.append(child)
if any(os.waitpid(child, 0)[1] != 0 for child in children): sys.exit(1)
escaped()
print(1)`,
    slowly,
  ),
  python3(
    // No attack: pages that several have count once.
    'forks of a process that has most of its memory',
    harmless,
    `data = bytearray(os.urandom(1 << 20)) * 200
children = []
for _ in range(2):
  child = os.fork()
  if child == 0:
    time.sleep(0.6)
    os._exit(0)
  children.append(child)
for _ in range(20): subprocess.run(["true"], check=True)
if any(os.waitpid(child, 0)[1] != 0 for child in children): sys.exit(1)
print(1)`,
    { limits: { timeoutMs: 20_000, cpuMs: 60_000, memoryBytes: 256 << 20 } },
  ),
  python3(
    'eight children one after another, each below the limit of processor time',
    ends('cpuExceeded'),
    `for _ in range(8):
  child = os.fork()
  if child == 0:
    while time.process_time() < 0.9: pass
    os._exit(0)
  os.waitpid(child, 0)
escaped()
print(1)`,
    { limits: { timeoutMs: 25_000, cpuMs: 1_000 }, leastCpuMs: 900 },
  ),
  python3(
    // Where the kernel lets nobody count these, the limit of time ends them.
    'children of a process that lets the kernel reap them, one after another',
    ends('cpuExceeded', 'timedOut'),
    UNSEEN_CHILDREN,
    { limits: { timeoutMs: 20_000, cpuMs: 1_000 } },
  ),
  python3(
    'deep recursion on a stack without a limit',
    refusedScript(/SIGSEGV/),
    `try: resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except (OSError, ValueError): pass
${RECURSION}repr(Deep())
escaped()`,
    slowly,
  ),
  python3(
    // The kernel does not give the stack, by the error that also stands for too many threads.
    'deep recursion on a large stack of a thread',
    { kinds: ['processesExceeded'], message: /start new thread/ },
    `${RECURSION}threading.stack_size(512 << 20)
one = threading.Thread(target=lambda: repr(Deep()))
one.start()
one.join()
escaped()`,
    slowly,
  ),
  python3(
    'larger buffers of a socket',
    refusedScript(),
    'socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)\nescaped()\nprint(1)',
  ),
  python3(
    'a filter on a socket',
    refusedScript(),
    'socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, 26, bytes(16))\nescaped()\nprint(1)',
  ),
  python3(
    'all descriptors in flight that a user may have',
    harmless,
    `one, other = socket.socketpair()
for _ in range(2): socket.send_fds(one, [b"x"], [0] * 253)
time.sleep(0.5)
print(1)`,
  ),
];
