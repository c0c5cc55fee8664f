import type { Readable } from 'node:stream';
import { MIB } from '../core/units.ts';
import { createChannel, type Channel, type MessageSize } from '../protocol/channel.ts';
import { FromWorker, type ToWorker, type WorkerUsage } from '../protocol/messages.ts';
import type { Limits } from '../usage/limits.ts';
import { findCanaryFault } from './attest.ts';
import { addErrorText } from './error-text.ts';
import type { Confinement, LaunchedWorker, Removal, WorkerEnd } from './launch.ts';
import { withResolvers } from './with-resolvers.ts';

/** What happens to a worker. After `ended` nothing follows. */
export type WorkerEvent =
  | { readonly type: 'message'; readonly message: FromWorker; readonly size: MessageSize }
  | { readonly type: 'brokeProtocol'; readonly message: string }
  | { readonly type: 'flooded' }
  | (WorkerEnd & { readonly type: 'ended'; readonly errorText: string });

/** A worker before its call. */
export interface ReadyWorker {
  /** What it had used by then. */
  readonly used: WorkerUsage;
  /** What of it is not confined as planned; it must not be given a call then. */
  readonly fault: string | undefined;
}

/** Bytes over the channel, and of text on standard output and error. */
export interface Traffic {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** One child process that carries out one call, or one after another. */
export interface WorkerProcess {
  readonly pid: number;
  readonly channel: Channel<ToWorker>;
  readonly confinement: Confinement;
  /** Once it is ready for a call and was looked at from outside; undefined when it ended before. */
  readonly ready: Promise<ReadyWorker | undefined>;
  /** Once it has ended, for whatever reason. */
  readonly gone: Promise<unknown>;
  /** True as long as it may be given a call. */
  readonly usable: boolean;
  /** Since its start. */
  readonly traffic: Traffic;
  /** Says what happens from now on. */
  listen(listener: (event: WorkerEvent) => void): void;
  /** A call begins: from now on its limits hold, also while this process is busy. */
  beginCall(limits: Pick<Limits, 'timeoutMs' | 'cpuMs'>): void;
  /** The call is over; whatever the worker says before it is given another one ends it. CPU time, where somebody measured. */
  rest(): Promise<WorkerUsage | undefined>;
  /** Path of the program that runs its tool; absent where the worker does. */
  readonly interpreter: string | undefined;
  /** Where it sees a granted folder. */
  inside(folder: string): string;
  /** Kills it with all that it started and removes its scratch. Safe to call twice. */
  end(): Promise<Removal>;
}

/** Text on stdout and stderr together; code has `console` for its log. */
const MAX_STDIO_BYTES = MIB;
/** What a piece of it counts at least: to read one costs the same, however little it brings. */
const MIN_PIECE_BYTES = 64;

/** Speaks with a worker that was launched. */
export function createWorker(launched: LaunchedWorker): WorkerProcess {
  let usable = true;
  let ending: Promise<Removal> | undefined;
  const unasked = (): void => {
    usable = false; // without a call, a worker says that it is ready, and nothing else
  };
  let listener: (event: WorkerEvent) => void = unasked;
  const ready = withResolvers<ReadyWorker | undefined>();

  let wasReady = false;
  const channel = createChannel<FromWorker, ToWorker>({
    stream: launched.frames,
    incoming: FromWorker,
    onMessage(message, size) {
      if (message.type === 'ready' && !wasReady) {
        wasReady = true;
        void look(message.usage, findCanaryFault(message.canaries, launched.confinement)).then(ready.resolve);
      } else listener({ type: 'message', message, size });
    },
    onFault: (message) => listener({ type: 'brokeProtocol', message }),
    onEnd: () => undefined, // the exit follows, and says more
  });

  /** It was in time, and may now wait for long. What it had used is the supervisor's word where there is one. */
  async function look(said: WorkerUsage, canary: string | undefined): Promise<ReadyWorker> {
    const [measured, fault] = await Promise.all([launched.rest(), launched.attest()]);
    return { used: measured ?? said, fault: canary ?? fault };
  }

  const output = collectOutput(launched, () => listener({ type: 'flooded' }));
  void launched.ended.then((end) => {
    usable = false;
    listener({ type: 'ended', ...end, errorText: output.errorText });
    ready.resolve(undefined);
  });

  async function end(): Promise<Removal> {
    usable = false;
    const removal = await launched.end();
    channel.close();
    launched.stdout.destroy();
    launched.stderr.destroy();
    return removal;
  }

  return {
    pid: launched.pid,
    channel,
    confinement: launched.confinement,
    ready: ready.promise,
    gone: launched.ended,
    get usable() {
      return usable;
    },
    get traffic() {
      return { bytesIn: channel.bytesWritten, bytesOut: channel.bytesRead + output.bytes };
    },
    listen(next) {
      listener = next;
    },
    beginCall: (limits) => launched.beginCall(limits),
    rest() {
      listener = unasked;
      return launched.rest();
    },
    interpreter: launched.interpreter,
    inside: (folder) => launched.inside(folder),
    end: () => (ending ??= end()),
  };
}

/** Counts what the worker writes to stdout and stderr, and keeps the beginning and the end of stderr. */
function collectOutput(
  { stdout, stderr }: LaunchedWorker,
  onFlood: () => void,
): { readonly bytes: number; readonly errorText: string } {
  const output = { bytes: 0, errorText: '' };
  let counted = 0;
  const count = (stream: Readable, keep: boolean): void => {
    stream.on('data', (chunk: Buffer) => {
      output.bytes += chunk.length;
      counted += Math.max(chunk.length, MIN_PIECE_BYTES);
      if (keep) output.errorText = addErrorText(output.errorText, chunk.toString('latin1'));
      if (counted > MAX_STDIO_BYTES) {
        // Only paused, they would never be read to their end, which the end of the worker waits for.
        stdout.destroy();
        stderr.destroy();
        onFlood();
      }
    });
    stream.on('error', () => undefined);
  };
  count(stdout, false);
  count(stderr, true);
  return output;
}
