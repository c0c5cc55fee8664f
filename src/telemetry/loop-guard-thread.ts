import { readFileSync } from 'node:fs';
import { Session, type Debugger } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromLoopGuardThread, LoopGuardStart } from './loop-guard-messages.ts';

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
const beatAt = (): number => Number(Atomics.load(beats, 0)) / MS;

/** How late this thread itself was so far, which stands for the other where the system does not say. */
let ownLateMs = 0;

/** How long the main thread has waited for a processor so far: meanwhile nobody holds it. */
function waitedMs(): number {
  try {
    // eslint-disable-next-line no-restricted-syntax -- /proc answers from memory, and this thread has nothing else to do
    const [, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
    return Number(waited) / MS;
  } catch {
    return ownLateMs;
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
  end(): void;
}

/** Asks the main thread where it is. Where it is in a call of the system, the answer comes when it is back. */
function search(): Search {
  const session = new Session();
  let stack: readonly string[] = [];
  const files = new Map<string, string>();
  session.connectToMainThread();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => files.set(scriptId, url));
  session.once('Debugger.paused', ({ params: { callFrames } }) => {
    // It was over, and what stopped is the next turn.
    if (callFrames.at(0)?.functionName !== OWN_BEAT)
      stack = callFrames.slice(0, MOST_FRAMES).map((frame) => lineOf(frame, files));
    // Who disconnects lets it go on.
    session.disconnect();
  });
  session.post('Debugger.enable', {}, () => undefined);
  session.post('Debugger.pause', () => undefined);
  return {
    get stack() {
      return stack;
    },
    end: () => session.disconnect(),
  };
}

let last = beatAt();
let waitedAtLast = waitedMs();
let checkedAt = nowMs();
let found: Search | undefined;
let longestMs = 0;

function check(): void {
  const now = nowMs();
  ownLateMs += Math.max(now - checkedAt - beatMs, 0);
  checkedAt = now;
  const at = beatAt();
  const waited = waitedMs();
  const isHeld = at === last;
  longestMs = Math.max(longestMs, (isHeld ? now : at) - last - beatMs - (waited - waitedAtLast));
  if (isHeld) {
    if (longestMs > limitMs) found ??= search();
    return;
  }
  if (found !== undefined) {
    found.end();
    say({ type: 'hold', hold: { forMs: Math.round(longestMs), stack: found.stack } });
    found = undefined;
  }
  [last, waitedAtLast, longestMs] = [at, waited, 0];
}

setInterval(check, beatMs);
port.on('message', () => {
  check();
  say({ type: 'settled' });
});
