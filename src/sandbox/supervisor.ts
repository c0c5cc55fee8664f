import { spawn, type ChildProcess } from 'node:child_process';
import { Duplex, Writable } from 'node:stream';
import { z } from 'zod';
import { KIB } from '../core/units.ts';
import { encodePlan, type LaunchPlan } from './launch-plan.ts';

const Started = z.strictObject({ started: z.int(), landlock: z.int(), proc: z.boolean() });
const Ended = z.strictObject({
  ended: z.strictObject({
    code: z.int(),
    signal: z.int(),
    by: z.string(),
    userMs: z.int(),
    systemMs: z.int(),
    peakBytes: z.int(),
    wallMs: z.int(),
  }),
});
const Failed = z.strictObject({ failed: z.string(), errno: z.int() });
const Line = z.union([Started, Ended, Failed]);

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
  /** Undefined when the supervisor itself was killed. */
  readonly ended: Promise<EndedWorker | undefined>;
  /** The time from now on after which the worker is ended, also when this process is busy; 0: none. */
  endAfter(ms: number): void;
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

  let ended: EndedWorker | undefined;
  const started = new Promise<StartedWorker>((resolve, reject) => {
    let text = '';
    control.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.length > MAX_STATUS_BYTES) control.destroy();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const status = Line.safeParse(parseJson(line)).data;
        if (status === undefined) reject(new Error(`The launcher says what is not known: ${line}`));
        else if ('failed' in status) reject(new LaunchError(status.failed, status.errno));
        else if ('ended' in status) ended = status.ended;
        else resolve({ pid: status.started, landlockAbi: status.landlock, hasProc: status.proc });
      }
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error('The launcher ended before the worker was there.')));
  });
  started.catch(() => undefined); // whoever waits hears it
  return {
    child,
    frames,
    started,
    ended: new Promise((resolve) => {
      child.on('error', () => resolve(undefined));
      child.on('close', () => resolve(ended));
    }),
    endAfter(ms) {
      if (control.writable) control.write(`wall ${Math.ceil(ms)}\n`);
    },
    end() {
      if (control.writable) control.write('end\n');
      else child.kill('SIGKILL');
    },
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
