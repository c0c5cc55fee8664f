import type { Readable } from 'node:stream';
import { KIB, MIB } from '../core/units.ts';
import { createChannel, type Channel } from '../protocol/channel.ts';
import { FromWorker, type ToWorker, type WorkerUsage } from '../protocol/messages.ts';
import type { LaunchedWorker, Removal } from './launch.ts';

/** What happens to a worker. After `ended` nothing follows. */
export type WorkerEvent =
  | { readonly type: 'message'; readonly message: FromWorker; readonly frameBytes: number }
  | { readonly type: 'brokeProtocol'; readonly message: string }
  | { readonly type: 'flooded' }
  | {
      readonly type: 'ended';
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly errorText: string;
    };

/** A worker before its call. */
export interface ReadyWorker {
  /** What it had used by then. */
  readonly used: WorkerUsage;
  /** What of it is not confined as planned; it must not be given a call then. */
  readonly fault: string | undefined;
}

/** One child process that carries out one call. */
export interface WorkerProcess {
  readonly pid: number;
  readonly channel: Channel<ToWorker>;
  /** Once it is ready for a call and was looked at from outside; undefined when it ended before. */
  readonly ready: Promise<ReadyWorker | undefined>;
  /** True as long as it may be given a call. */
  readonly usable: boolean;
  /** Says what happens from now on. */
  listen(listener: (event: WorkerEvent) => void): void;
  /** Has it ended after that time from now on, also when this process is too busy to do it. */
  endAfter(ms: number): void;
  /** Where it sees a granted folder. */
  inside(folder: string): string;
  /** Kills it with all that it started and removes its scratch. Safe to call twice. */
  end(): Promise<Removal>;
}

/** Text on stdout and stderr together; code has `console` for its log. */
const MAX_STDIO_BYTES = MIB;
/** Enough of stderr to recognise what V8 says when its heap is full. */
const ERROR_TEXT_CHARS = 8 * KIB;

/** Speaks with a worker that was launched. */
export function createWorker(launched: LaunchedWorker): WorkerProcess {
  let usable = true;
  let ending: Promise<Removal> | undefined;
  let listener: (event: WorkerEvent) => void = () => {
    usable = false; // before it has a call, a worker says that it is ready, and nothing else
  };
  const { promise: ready, resolve: setReady } = withResolvers<ReadyWorker | undefined>();

  let wasReady = false;
  const channel = createChannel<FromWorker, ToWorker>({
    stream: launched.frames,
    incoming: FromWorker,
    onMessage(message, frameBytes) {
      if (message.type === 'ready' && !wasReady) {
        wasReady = true;
        const { usage: used } = message;
        launched.endAfter(0); // it was in time, and may now wait for long
        void launched.attest().then((fault) => setReady({ used, fault }));
      } else listener({ type: 'message', message, frameBytes });
    },
    onFault: (message) => listener({ type: 'brokeProtocol', message }),
    onEnd: () => undefined, // the exit follows, and says more
  });

  const errorText = collectOutput(launched, () => listener({ type: 'flooded' }));
  void launched.ended.then((end) => {
    usable = false;
    listener({ type: 'ended', ...end, errorText: errorText() });
    setReady(undefined);
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
    ready,
    get usable() {
      return usable;
    },
    listen(next) {
      listener = next;
    },
    inside: (folder) => launched.inside(folder),
    endAfter: (ms) => launched.endAfter(ms),
    end: () => (ending ??= end()),
  };
}

/** Counts what the worker writes to stdout and stderr, and keeps the end of stderr. */
function collectOutput({ stdout, stderr }: LaunchedWorker, onFlood: () => void): () => string {
  let bytes = 0;
  let errorText = '';
  const count = (stream: Readable, keep: boolean): void => {
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (keep) errorText = (errorText + chunk.toString('latin1')).slice(-ERROR_TEXT_CHARS);
      if (bytes > MAX_STDIO_BYTES) {
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
  return () => errorText;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
export function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
