import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { Duplex, type Readable } from 'node:stream';
import { KIB, MIB } from '../core/units.ts';
import { createChannel, type Channel } from '../protocol/channel.ts';
import { FromWorker, type ToWorker, type WorkerUsage } from '../protocol/messages.ts';
import { killTree } from './process-tree.ts';
import type { Reaper } from './reaper.ts';

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

/** One child process that carries out one call. */
export interface WorkerProcess {
  readonly pid: number;
  readonly heapMib: number;
  readonly channel: Channel<ToWorker>;
  /** What it had used when it was ready for a call; undefined when it ended before. */
  readonly ready: Promise<WorkerUsage | undefined>;
  /** True as long as it may be given a call. */
  readonly usable: boolean;
  /** Says what happens from now on. */
  listen(listener: (event: WorkerEvent) => void): void;
  /** Kills it with all that it started and removes its scratch; true when nothing is left. Safe to call twice. */
  end(): Promise<boolean>;
}

export interface WorkerSettings {
  /** Absolute path of the worker's bundle. */
  readonly workerBundle: string;
  readonly scratchRoot: string;
  readonly platform: string;
  readonly reaper: Reaper;
}

/** Text on stdout and stderr together; code has `console` for its log. */
const MAX_STDIO_BYTES = MIB;
/** Enough of stderr to recognise what V8 says when its heap is full. */
const ERROR_TEXT_CHARS = 8 * KIB;
/** How long what a worker wrote last is waited for, when the pipes stay open after its end. */
const DRAIN_MS = 50;

/** Starts a worker in a scratch folder of its own, with an empty environment and a process group of its own. */
export async function startWorker(heapMib: number, settings: WorkerSettings): Promise<WorkerProcess> {
  const scratch = await mkdtemp(path.join(settings.scratchRoot, 'w-'));
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMib}`, '--no-warnings', settings.workerBundle], {
    cwd: scratch,
    env: {},
    detached: settings.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
  settings.reaper.watch(pid);
  return createWorker({ child, pid, heapMib, scratch, settings });
}

interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly heapMib: number;
  readonly scratch: string;
  readonly settings: WorkerSettings;
}

function createWorker({ child, pid, heapMib, scratch, settings }: Started): WorkerProcess {
  const stream = child.stdio[3];
  if (!(stream instanceof Duplex)) throw new Error('The channel of a worker is no socket.');
  let usable = true;
  let ending: Promise<boolean> | undefined;
  let listener: (event: WorkerEvent) => void = () => {
    usable = false; // before it has a call, a worker says that it is ready, and nothing else
  };
  const { promise: ready, resolve: setReady } = withResolvers<WorkerUsage | undefined>();
  const { promise: exited, resolve: setExited } = withResolvers<undefined>();

  let wasReady = false;
  const channel = createChannel<FromWorker, ToWorker>({
    stream,
    incoming: FromWorker,
    onMessage(message, frameBytes) {
      if (message.type === 'ready' && !wasReady) {
        wasReady = true;
        setReady(message.usage);
      } else listener({ type: 'message', message, frameBytes });
    },
    onFault: (message) => listener({ type: 'brokeProtocol', message }),
    onEnd: () => undefined, // the exit follows, and says more
  });

  const errorText = collectOutput(child, () => listener({ type: 'flooded' }));
  child.on('error', () => undefined);
  child.on('exit', (exitCode, signal) => {
    usable = false;
    setExited(undefined);
    const tell = (): void => {
      clearTimeout(timer);
      child.off('close', tell);
      listener({ type: 'ended', exitCode, signal, errorText: errorText() });
      setReady(undefined);
    };
    // What it wrote last is still in the pipes. They close once it is read, unless a child of the worker holds them.
    const timer = setTimeout(tell, DRAIN_MS);
    child.on('close', tell);
  });

  async function end(): Promise<boolean> {
    usable = false;
    const gone = await killTree({ pid, scratch }, settings.platform);
    await exited;
    settings.reaper.forget(pid);
    channel.close();
    child.stdout?.destroy();
    child.stderr?.destroy();
    await removeFolder(scratch);
    return gone;
  }

  return {
    pid,
    heapMib,
    channel,
    ready,
    get usable() {
      return usable;
    },
    listen(next) {
      listener = next;
    },
    end: () => (ending ??= end()),
  };
}

/** Most scratch folders are empty, and `rmdir` is one call. */
async function removeFolder(folder: string): Promise<void> {
  await rmdir(folder).catch(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
}

/** Counts what the worker writes to stdout and stderr, and keeps the end of stderr. */
function collectOutput(child: ChildProcess, onFlood: () => void): () => string {
  let bytes = 0;
  let errorText = '';
  const count = (stream: Readable | null, keep: boolean): void => {
    stream?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (keep) errorText = (errorText + chunk.toString('latin1')).slice(-ERROR_TEXT_CHARS);
      if (bytes > MAX_STDIO_BYTES) {
        child.stdout?.pause();
        child.stderr?.pause();
        onFlood();
      }
    });
    stream?.on('error', () => undefined);
  };
  count(child.stdout, false);
  count(child.stderr, true);
  return () => errorText;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
