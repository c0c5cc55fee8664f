import { spawn, type ChildProcess } from 'node:child_process';
import { Duplex, Writable } from 'node:stream';
import { z } from 'zod';
import { KIB } from '../core/units.ts';
import { encodePlan, type LaunchPlan } from './launch-plan.ts';
import { withResolvers } from './with-resolvers.ts';

const Started = z.strictObject({ started: z.int(), landlock: z.int(), proc: z.boolean() });
const Used = z.strictObject({ usedUs: z.int() });
const Ended = z.strictObject({
  ended: z.strictObject({
    code: z.int(),
    signal: z.int(),
    by: z.string(),
    denied: z.int(),
    userUs: z.int(),
    systemUs: z.int(),
    peakBytes: z.int(),
    wallMs: z.int(),
  }),
});
const Failed = z.strictObject({ failed: z.string(), errno: z.int() });
const Line = z.union([Started, Used, Ended, Failed]);

/** How the supervisor saw the worker start: its process as this system counts, and what the kernel gave. */
export interface StartedWorker {
  readonly pid: number;
  readonly landlockAbi: number;
  readonly hasProc: boolean;
}

/** What the supervisor measured of the worker and all that it started. */
export type EndedWorker = z.infer<typeof Ended>['ended'];

/** The launcher as a process: it supervises the worker that it confined. */
export interface Supervisor {
  readonly child: ChildProcess;
  readonly frames: Duplex;
  /** Rejects with a sentence for the operator when a step failed: then nothing foreign has run. */
  readonly started: Promise<StartedWorker>;
  /** Once the worker and all that it started are gone; undefined when the supervisor itself was killed. */
  readonly ended: Promise<EndedWorker | undefined>;
  /** From now on these limits hold, also when this process is busy. */
  beginCall(limits: { readonly wallMs: number; readonly cpuMs: number }): void;
  /** From now on none does. Answers with the CPU time since the call began, or since the start; undefined: it has ended. */
  rest(): Promise<number | undefined>;
  /** Ends the worker with all that it started; `ended` follows. */
  end(): void;
}

/** A status line is short; more is not from our launcher. */
const MAX_STATUS_BYTES = 64 * KIB;
const FRAMES_FD = 3;
const CONTROL_FD = 4;
const PLAN_FD = 5;

/** A step of the launch that this machine refused. */
export class LaunchError extends Error {
  readonly step: string;
  readonly errno: number;

  constructor(step: string, errno: number) {
    super(`The sandbox could not be set up: ${step} failed (errno ${errno}).`);
    this.name = 'LaunchError';
    this.step = step;
    this.errno = errno;
  }
}

/** Starts the launcher with an empty environment, outside of any folder of the server. */
export function startSupervisor(launcher: string, plan: LaunchPlan): Supervisor {
  const encoded = encodePlan(plan);
  const child = spawn(launcher, [], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  // The types know of five descriptors.
  const pipes: readonly unknown[] = child.stdio;
  const frames = pipes[FRAMES_FD];
  const control = pipes[CONTROL_FD];
  const planPipe = pipes[PLAN_FD];
  if (!(frames instanceof Duplex) || !(control instanceof Duplex) || !(planPipe instanceof Writable))
    throw new Error('The launcher has no pipes.');
  // What cannot be written is told by the end that follows.
  for (const stream of [frames, control, planPipe]) stream.on('error', () => undefined);
  planPipe.end(encoded);

  const started = withResolvers<StartedWorker>();
  const ended = withResolvers<EndedWorker | undefined>();
  const resting: ((cpuMs: number | undefined) => void)[] = [];
  started.promise.catch(() => undefined); // whoever waits hears it

  onLines(control, (line) => {
    const status = Line.safeParse(parseJson(line)).data;
    if (status === undefined) started.reject(new Error(`The launcher says what is not known: ${line}`));
    else if ('failed' in status) started.reject(new LaunchError(status.failed, status.errno));
    else if ('ended' in status) ended.resolve(status.ended);
    else if ('usedUs' in status) resting.shift()?.(status.usedUs / 1_000);
    else started.resolve({ pid: status.started, landlockAbi: status.landlock, hasProc: status.proc });
  });
  child.on('error', started.reject);
  const over = (): void => {
    started.reject(new Error('The launcher ended before the worker was there.'));
    ended.resolve(undefined);
    for (const tell of resting.splice(0)) tell(undefined);
  };
  child.on('error', over);
  child.on('close', over);

  const order = (line: string): boolean => control.writable && (control.write(`${line}\n`), true);
  return {
    child,
    frames,
    started: started.promise,
    ended: ended.promise,
    beginCall: ({ wallMs, cpuMs }) => void order(`call ${Math.ceil(wallMs)} ${Math.ceil(cpuMs)}`),
    rest() {
      return new Promise((resolve) => {
        if (child.exitCode === null && child.signalCode === null && order('rest')) resting.push(resolve);
        else resolve(undefined);
      });
    },
    end() {
      if (!order('end')) child.kill('SIGKILL');
    },
  };
}

/** Calls back for each whole line; a sender without line ends is cut off. */
function onLines(stream: Duplex, onLine: (line: string) => void): void {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (text.length > MAX_STATUS_BYTES) stream.destroy();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    lines.forEach(onLine);
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
