import { ends, harmless, type Attack } from './attack.ts';
import { crowded, refusedScript, scriptsOf, soon } from './shell-attack.ts';

const { sh, python3 } = scriptsOf('processes of scripts');
/** In the eyes of its namespace. */
const nobody = refusedScript(/No such process/);
const crowd = { limits: { timeoutMs: 600, cpuMs: 60_000 } };

/** Bombs, orphans and signals: scripts may start processes, and these have to end with the call. */
export const shellProcessAttacks: readonly Attack[] = [
  sh('the fork bomb', crowded, 'bomb() { bomb | bomb & wait; }; bomb; exit 1', crowd),
  // Nobody waits for it: the answer races with the bomb.
  sh(
    'the fork bomb in the background',
    ends('succeeded', ...crowded.kinds),
    'bomb() { bomb | bomb & }; bomb 2> /dev/null; echo 1',
    crowd,
  ),
  sh('a program in the background, again and again', crowded, 'while :; do sleep 60 & done', crowd),
  // At the limit the last one fails, and the others end well: a race with the time.
  sh('subshells within subshells', ends('succeeded', ...crowded.kinds), 'deeper() { (deeper; :); }; deeper', crowd),
  sh('a script that starts itself twice', crowded, 'sh "$0" < /dev/null & sh "$0" < /dev/null & wait; exit 1', crowd),
  python3('os.fork without end', crowded, 'while True: os.fork()', crowd),
  python3(
    'os.fork without end, whose failures are ignored',
    crowded,
    'while True:\n  try: os.fork()\n  except OSError: pass',
    crowd,
  ),
  python3(
    'vfork by subprocess without end',
    crowded,
    'many = []\nwhile True: many.append(subprocess.Popen(["sleep", "60"]))',
    crowd,
  ),
  python3(
    'threads of Python without end',
    crowded,
    'while True: threading.Thread(target=time.sleep, args=(60,)).start()',
    crowd,
  ),
  sh('an orphan in a session of its own', harmless, 'setsid sleep 300 & echo 1'),
  sh('an orphan that ignores hang-ups', harmless, 'nohup sleep 300 > /dev/null 2>&1 & echo 1'),
  sh('an orphan that holds the pipes of its parent', harmless, '(trap "" TERM HUP INT; sleep 300) & echo 1'),
  python3(
    'an orphan of an orphan, which ignores signals and uses the processor',
    harmless,
    `if os.fork() == 0:
  os.setsid()
  if os.fork() == 0:
    for number in range(1, 64):
      try: signal.signal(number, signal.SIG_IGN)
      except (OSError, ValueError): pass
    while True: pass
  os._exit(0)
time.sleep(0.4)
print(1)`,
    { leastCpuMs: 100 },
  ),
  sh('many orphans that take turns to fork', harmless, 'hop() { sleep 0.01; hop & }; hop & sleep 0.3; echo 1'),
  sh('kill -9 of everybody', ends('signaled'), 'kill -9 -1; escaped'),
  sh('kill -9 of process 1', harmless, 'kill -9 1; sleep 0.1; echo 1'),
  // Newer kernels let nobody signal out of the restricted processes, in whose eyes it is nothing special.
  sh('SIGTERM to process 1', ends('signaled', 'threw'), 'kill -TERM 1 || exit 3; sleep 5'),
  sh('SIGSTOP to process 1', harmless, 'kill -STOP 1; sleep 0.1; echo 1'),
  sh('kill -9 of the worker', ends('signaled'), 'kill -9 $PPID; sleep 5; escaped'),
  sh('SIGSTOP to the worker', ends('timedOut'), 'kill -STOP $PPID; sleep 5', { limits: soon }),
  sh('SIGSTOP to itself', ends('timedOut'), 'kill -STOP $$', { limits: soon }),
  sh('kill -9 of the server', nobody, 'kill -9 $(get serverPid) && escaped'),
  sh('kill of a sibling', nobody, 'kill -TERM $(get siblingPid) && escaped'),
  python3(
    // A thread's number stands for its process, and the worker has threads.
    'kill -9 of every process but its own and the worker',
    ends('succeeded', 'signaled'),
    `for pid in range(1, 5_000):
  if pid not in (os.getpid(), os.getppid()):
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
print(1)`,
  ),
  python3('a signal to the group of process 0', ends('signaled', 'threw'), 'os.killpg(0, signal.SIGKILL)'),
  sh('a loop that ignores SIGTERM', ends('timedOut'), "trap '' TERM HUP INT; while :; do :; done", { limits: soon }),
  sh('a loop that ignores SIGXCPU', ends('cpuExceeded'), "trap '' XCPU; while :; do :; done", {
    limits: { timeoutMs: 20_000, cpuMs: 200 },
  }),
  python3('a loop of Python', ends('timedOut'), 'while True: pass', { limits: soon }),
  python3('a pause without end', ends('timedOut'), 'signal.sigwait([signal.SIGUSR1])', { limits: soon }),
  sh('a pipe that nobody writes to', ends('timedOut'), 'sleep 300 | cat', { limits: soon }),
  python3(
    'loops in sixteen processes',
    ends('timedOut', 'cpuExceeded'),
    `for _ in range(4): os.fork()
while True: pass`,
    { limits: soon },
  ),
];
