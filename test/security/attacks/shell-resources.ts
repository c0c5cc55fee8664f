import { ends, harmless, outOfMemory, type Attack, type Expectation } from './attack.ts';
import { absentFile, refusedScript, scriptsOf, soon } from './shell-attack.ts';

const { sh, python3 } = scriptsOf('memory and output of scripts');
const memoryFull: Expectation = { ...outOfMemory, kinds: ['memoryExceeded'] };
/** What is filled slowly on a machine that has other work. */
const slowly = { limits: { timeoutMs: 20_000, cpuMs: 60_000 } } as const;
const uncounted = refusedScript(/not permitted/i);
const threw = (message: RegExp): Expectation => ({ kinds: ['threw'], message });

/** Memory by the ways that escape a simple limit, floods, and answers that harm whoever reads them. */
export const shellResourceAttacks: readonly Attack[] = [
  python3('one large array of bytes', memoryFull, 'print(len(bytearray(1 << 30)))'),
  python3('a list without end', memoryFull, 'many = []\nwhile True: many.append(bytes(1 << 20))'),
  python3(
    'private memory without a file',
    memoryFull,
    'mmap.mmap(-1, 1 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)',
  ),
  python3('shared memory without a file', uncounted, 'mmap.mmap(-1, 1 << 20)'),
  python3(
    'memory that grows like a stack',
    uncounted,
    'mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100)',
  ),
  python3(
    'memory that is made writable afterwards',
    memoryFull,
    `libc.mmap.restype = ctypes.c_void_p
where = libc.mmap(None, ctypes.c_size_t(1 << 30), 1, 0x22, -1, 0)
if libc.mprotect(ctypes.c_void_p(where), ctypes.c_size_t(1 << 30), 3) == -1: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
escaped()`,
  ),
  python3(
    'shared memory with a name',
    absentFile,
    'from multiprocessing import shared_memory\nshared_memory.SharedMemory(create=True, size=1 << 20)',
  ),
  // dash does not look whether it was given what it asked for.
  sh(
    'memory of a shell',
    { kinds: ['memoryExceeded', 'threw'], message: /memory|SIGSEGV|space/i },
    'x=$(head -c 1000000 /dev/zero | tr "\\0" x); while :; do x=$x$x; done',
    slowly,
  ),
  sh('a flood on standard output', ends('outputExceeded'), 'yes'),
  sh('zeros on standard output', ends('outputExceeded'), 'cat /dev/zero'),
  sh('a flood of lines on standard error', ends('brokeProtocol', 'timedOut'), 'yes >&2', { limits: soon }),
  sh('a flood on standard error without a line end', ends('timedOut'), 'cat /dev/zero >&2', { limits: soon }),
  // A race: how far the child comes before the end of its parent ends it too.
  python3(
    'a flood by a child whose parent has ended',
    ends('succeeded', 'outputExceeded', 'threw'),
    'if os.fork() == 0:\n  while True: os.write(1, b" " * 65536)\ntime.sleep(0.05)',
  ),
  sh('an answer that is garbage', threw(/no JSON/), 'head -c 1000 /dev/urandom'),
  sh('an answer of two answers', threw(/no JSON/), 'echo 1 2'),
  sh('an answer that is cut off', threw(/no JSON/), `echo '{"a": ['`),
  python3('an answer that is deep', threw(/deep|nested|JSON/), 'print("[" * 100_000 + "]" * 100_000)'),
  sh(
    'an answer that pollutes prototypes',
    harmless,
    `echo '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'`,
  ),
  sh(
    'a frame of the channel as an answer',
    threw(/no JSON/),
    `printf '\\000\\000\\000\\010{"type":"result","output":{"inline":"ESCA"}}'`,
  ),
  sh('an exit code that means more to others', threw(/exit code 125/), 'exit 125'),
  sh('the exit code of a violation', threw(/exit code 159/), 'exit 159'),
  sh('the words of a full scratch, without one', ends('diskExceeded'), 'echo "No space left on device" >&2; exit 1'),
];
