import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Reads `+ pid` and `- pid`. When its input ends, the server is gone: it kills the process groups that are left and
 * removes the scratch folders. A worker in an endless loop cannot see by itself that its parent has died.
 */
const SCRIPT = `
trap '' INT TERM HUP
live=' '
while read -r sign pid; do
  case $sign in
    +) live="$live$pid " ;;
    -) live="\${live%% $pid *} \${live#* $pid }" ;;
  esac
done
for pid in $live; do kill -KILL "-$pid" 2>/dev/null; done
rm -rf -- "$1"
`;

/** Outlives the server, and only to end its workers. */
export interface Reaper {
  watch(pid: number): void;
  forget(pid: number): void;
  close(): Promise<void>;
}

/** Starts the reaper; where there is no POSIX shell, workers still end with their channel unless they are in a loop. */
export function startReaper(scratchRoot: string, platform: string): Reaper {
  if (platform === 'win32') return { watch: () => undefined, forget: () => undefined, close: () => Promise.resolve() };
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'iceos-reaper', scratchRoot], {
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its own group: Ctrl-C on a terminal reaches the server, not what must outlive it.
    detached: true,
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  const tell = (line: string): void => {
    if (child.stdin.writable) child.stdin.write(line);
  };
  return {
    watch: (pid) => tell(`+ ${pid}\n`),
    forget: (pid) => tell(`- ${pid}\n`),
    close: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
    child.ref();
    child.once('exit', () => resolve());
    child.stdin?.end();
  });
}
