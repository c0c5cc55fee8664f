import { readFileSync } from 'node:fs';
import { Session, type Debugger } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import { BEAT, SLOWEST, type FromLoopGuardThread, type LoopGuardStart } from './loop-guard-messages.ts';

/** The program of the thread that sees, while the main thread is held, by what. */
if (!parentPort) throw new Error('loop-guard-thread is started as a worker thread.');
const port = parentPort;
// createLoopGuard starts it with this, and nobody else does.
const { beats, beatMs, limitMs } = workerData as LoopGuardStart;

const MS = 1e6;
const MOST_FRAMES = 30;
const OWN_BEAT = 'beat';

const say = (message: FromLoopGuardThread): void => port.postMessage(message);
const nowMs = (): number => Number(process.hrtime.bigint()) / MS;
const beatAt = (): number => Number(Atomics.load(beats, BEAT)) / MS;
const takeSlowest = (): number => Number(Atomics.exchange(beats, SLOWEST, 0n)) / MS;

/** How late this thread itself was so far, which stands for the other where the system does not say. */
let ownLateMs = 0;

interface Times {
  /** Undefined where the system does not say. */
  readonly usedMs: number | undefined;
  /** Meanwhile nobody holds it. */
  readonly waitedMs: number;
}

/** How long the main thread has had a processor so far, and how long it has waited for one. */
function timesOfMain(): Times {
  try {
    // eslint-disable-next-line no-restricted-syntax -- /proc answers from memory, and this thread has nothing else to do
    const [used, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
    return { usedMs: Number(used) / MS, waitedMs: Number(waited) / MS };
  } catch {
    return { usedMs: undefined, waitedMs: ownLateMs };
  }
}

/** As a stack of an error has it. Node leaves the file out of a frame, and names it with the script. */
function lineOf(frame: Debugger.CallFrame, files: ReadonlyMap<string, string>): string {
  const { scriptId, lineNumber, columnNumber = 0 } = frame.location;
  const file = frame.url || (files.get(scriptId) ?? '');
  return `at ${frame.functionName || '<anonymous>'} (${file}:${lineNumber + 1}:${columnNumber + 1})`;
}

interface Search {
  readonly stack: readonly string[];
  /** How long the main thread was busy with being searched: it names each script that it has, of which there may be many. */
  readonly costMs: number;
  end(): void;
}

/** Asks the main thread where it is. Where it is in a call of the system, the answer comes when it is back. */
function search(): Search {
  const session = new Session();
  let stack: readonly string[] = [];
  let costMs = 0;
  let usedBefore: number | undefined;
  const files = new Map<string, string>();
  session.connectToMainThread();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => {
    usedBefore ??= timesOfMain().usedMs;
    files.set(scriptId, url);
  });
  session.once('Debugger.paused', ({ params: { callFrames } }) => {
    // It was over, and what stopped is the next turn.
    if (callFrames.at(0)?.functionName !== OWN_BEAT)
      stack = callFrames.slice(0, MOST_FRAMES).map((frame) => lineOf(frame, files));
    // Who disconnects lets it go on.
    session.disconnect();
  });
  session.post('Debugger.enable', {}, () => {
    const { usedMs } = timesOfMain();
    if (usedMs !== undefined && usedBefore !== undefined) costMs = usedMs - usedBefore;
  });
  session.post('Debugger.pause', () => undefined);
  return {
    get stack() {
      return stack;
    },
    get costMs() {
      return costMs;
    },
    end: () => session.disconnect(),
  };
}

let last = beatAt();
let timesAtLast = timesOfMain();
let checkedAt = nowMs();
let found: Search | undefined;
let longestMs = 0;

function check(): void {
  const now = nowMs();
  ownLateMs += Math.max(now - checkedAt - beatMs, 0);
  checkedAt = now;
  const at = beatAt();
  const times = timesOfMain();
  const isHeld = at === last;
  // This thread may have been late itself, and the loop have turned many times since: what it saw then is not one hold.
  const heldMs = isHeld ? now - last : takeSlowest();
  longestMs = Math.max(longestMs, heldMs - beatMs - (times.waitedMs - timesAtLast.waitedMs));
  if (isHeld) {
    if (longestMs > limitMs) found ??= search();
    return;
  }
  found?.end();
  if (found !== undefined || longestMs > limitMs) tell(found, times.usedMs);
  found = undefined;
  [last, timesAtLast, longestMs] = [at, times, 0];
}

function tell({ stack, costMs }: Pick<Search, 'stack' | 'costMs'> = { stack: [], costMs: 0 }, used?: number): void {
  const forMs = Math.round(longestMs);
  const { usedMs: usedBefore } = timesAtLast;
  const usedMs = used === undefined || usedBefore === undefined ? undefined : Math.round(used - usedBefore - costMs);
  say({ type: 'hold', hold: { forMs, usedMs, stack } });
}

setInterval(check, beatMs);
port.on('message', () => {
  check();
  say({ type: 'settled' });
});
