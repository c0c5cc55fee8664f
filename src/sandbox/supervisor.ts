import type { WorkerUsage } from '../protocol/messages.ts';
import type { Duplex, Readable } from 'node:stream';
import { z } from 'zod';
import { KIB } from '../core/units.ts';
import { withResolvers } from './with-resolvers.ts';

const Started = z.strictObject({ started: z.int(), landlock: z.int(), proc: z.boolean(), counted: z.boolean() });
const Used = z.strictObject({ usedUs: z.int(), peakBytes: z.int() });
const Ended = z.strictObject({
  ended: z.strictObject({
    code: z.int(),
    signal: z.int(),
    by: z.string(),
    denied: z.int(),
    /** Of all, also of children that nobody waited for where there is a counter. */
    cpuUs: z.int(),
    beforeCallUs: z.int(),
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
  /** A counter of the kernel has the CPU time of all that it starts. */
  readonly isCounted: boolean;
}

/** What the supervisor measured of the worker and all that it started. */
export type EndedWorker = z.infer<typeof Ended>['ended'];

/** The launcher as a process: it supervises the worker that it confined. */
export interface Supervision {
  /** Rejects with a sentence for the operator when a step failed: then nothing foreign has run. */
  readonly started: Promise<StartedWorker>;
  /** Once the worker and all that it started are gone; undefined when the supervisor itself was killed. */
  readonly ended: Promise<EndedWorker | undefined>;
  /** From now on these limits hold, also when this process is busy. */
  beginCall(limits: { readonly wallMs: number; readonly cpuMs: number }): void;
  /**
   * From now on none does. Answers with the CPU time since the call began, or since the start, and the most memory ever;
   * undefined: it has ended.
   */
  rest(): Promise<WorkerUsage | undefined>;
  /** Ends the worker with all that it started; `ended` follows. */
  end(): void;
}

/** With the streams of its worker. */
export interface Supervisor extends Supervision {
  readonly frames: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Once both outputs have been read to their end. */
  readonly drained: Promise<unknown>;
}

/** One that had nothing to say may have closed before anybody listened. */
export const untilClosed = (stream: Readable): Promise<unknown> =>
  stream.closed ? Promise.resolve() : new Promise((resolve) => stream.once('close', resolve));

/** A status line is short; more is not from our launcher. */
const MAX_STATUS_BYTES = 64 * KIB;
const HANGS = 'The worker did not start in time: a file system with something that it is to see may hang.';
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

/** What a line says of a launch that failed. */
export function parseFailure(line: string): LaunchError | undefined {
  const failed = Failed.safeParse(parseJson(line)).data;
  return failed && new LaunchError(failed.failed, failed.errno);
}

/** Speaks with a supervisor: status lines come, orders go, and the end of the stream is an order to end. */
export function superviseBy(control: Duplex): Supervision {
  const started = withResolvers<StartedWorker>();
  const ended = withResolvers<EndedWorker | undefined>();
  const resting: ((used: WorkerUsage | undefined) => void)[] = [];
  started.promise.catch(() => undefined); // whoever waits hears it

  onLines(control, (line) => {
    const status = Line.safeParse(parseJson(line)).data;
    if (status === undefined) started.reject(new Error(`The launcher says what is not known: ${line}`));
    else if ('failed' in status) started.reject(new LaunchError(status.failed, status.errno));
    else if ('ended' in status) {
      if (status.ended.by === 'wall') started.reject(new Error(HANGS));
      ended.resolve(status.ended);
    } else if ('usedUs' in status)
      resting.shift()?.({ cpuMs: status.usedUs / 1_000, peakMemoryBytes: status.peakBytes });
    else {
      const { started: pid, landlock: landlockAbi, proc: hasProc, counted: isCounted } = status;
      started.resolve({ pid, landlockAbi, hasProc, isCounted });
    }
  });
  let isOver = false;
  control.on('close', () => {
    isOver = true;
    started.reject(new Error('The launcher ended before the worker was there.'));
    ended.resolve(undefined);
    for (const tell of resting.splice(0)) tell(undefined);
  });

  const order = (line: string): boolean => !isOver && control.writable && (control.write(`${line}\n`), true);
  return {
    started: started.promise,
    ended: ended.promise,
    beginCall: ({ wallMs, cpuMs }) => void order(`call ${Math.ceil(wallMs)} ${Math.ceil(cpuMs)}`),
    rest: () => new Promise((resolve) => (order('rest') ? void resting.push(resolve) : resolve(undefined))),
    end() {
      if (!order('end')) control.destroy();
    },
  };
}

/** Calls back for each whole line; a sender without line ends is cut off. */
export function onLines(stream: Duplex, onLine: (line: string) => void): void {
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
