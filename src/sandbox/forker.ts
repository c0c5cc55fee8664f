import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import { SECOND_MS } from '../core/units.ts';
import { listenLocally } from '../egress/local-listener.ts';
import { encodePlan, type LaunchPlan } from './launch-plan.ts';
import { onLines, parseFailure, superviseBy, untilClosed, type Supervision, type Supervisor } from './supervisor.ts';
import { inTimeToEnd } from './worker-end.ts';
import { withResolvers, type Resolvers } from './with-resolvers.ts';

/**
 * A child of this process that makes all supervisors. To start a program, Node copies itself and waits for the copy to begin:
 * with 200 MB that held a server up for 20 ms and more. The forker is asked to, and its children connect back.
 */
export interface Forker {
  /** Rejects with a sentence for the operator, or with the step of the launch that failed, once nothing of it is seen any more. */
  start(plan: LaunchPlan): Promise<Supervisor>;
  close(): Promise<void>;
}

/** Letters by which the streams of a launch say which one they are. */
const STREAMS = { c: 'control', f: 'frames', o: 'stdout', e: 'stderr' } as const;
type StreamName = (typeof STREAMS)[keyof typeof STREAMS];

const TOKEN_BYTES = 16;
const TOKEN_CHARS = 2 * TOKEN_BYTES;
const SIZE_DIGITS = 8;
const REQUESTS_FD = 3;
/** Of fork and four connections on one machine. */
const ANSWER_MS = 15 * SECOND_MS;
/** A connection that does not say whose it is by then is nobody's. */
const HEAD_MS = 5 * SECOND_MS;

/**
 * Connections that have not said yet whose they are, for each launch that is waited for: its own are there for a moment, and
 * all of this machine may connect.
 */
const STRANGERS_PER_LAUNCH = 32;

/** Tests have no time. */
export interface ForkerTimes {
  readonly answerMs?: number;
  readonly headMs?: number;
}

/** Who may come in, and who has come without a word. */
interface Door {
  readonly pending: Map<string, Pending>;
  readonly strangers: Set<Duplex>;
}

interface Running extends Door {
  readonly child: ChildProcess;
  readonly requests: Duplex;
}

interface Pending {
  readonly streams: Map<StreamName, Duplex>;
  supervision?: Supervision;
  readonly arrived: Resolvers<Supervisor>;
}

/** Makes one that starts with the first launch, and again should it have ended. Nothing of it keeps this process alive. */
export function createForker(launcher: string, { answerMs = ANSWER_MS, headMs = HEAD_MS }: ForkerTimes = {}): Forker {
  let running: Promise<Running> | undefined;

  function ready(): Promise<Running> {
    if (running !== undefined) return running;
    const forget = (): void => {
      if (running === opened) running = undefined;
    };
    const opened: Promise<Running> = open(launcher, headMs, forget).catch((error: unknown) => {
      forget();
      throw error;
    });
    running = opened;
    return opened;
  }

  return {
    async start(plan) {
      const encoded = encodePlan(plan);
      const door = await ready();
      const token = randomBytes(TOKEN_BYTES).toString('hex');
      const launch: Pending = { streams: new Map(), arrived: withResolvers<Supervisor>() };
      door.pending.set(token, launch);
      door.requests.write(
        Buffer.concat([Buffer.from(`${token}${String(encoded.length).padStart(SIZE_DIGITS, '0')}`), encoded]),
      );
      const timer = setTimeout(() => launch.arrived.reject(new Error('The launcher does not answer.')), answerMs);
      const arrived = launch.arrived.promise.finally(() => {
        clearTimeout(timer);
        door.pending.delete(token);
        turnAway(door);
      });
      try {
        return await arrived;
      } catch (error) {
        await giveUp(launch);
        throw error;
      }
    },
    async close() {
      const opened = await running?.catch(() => undefined);
      if (opened === undefined) return;
      const { child, requests } = opened;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.ref();
      requests.end();
      if (child.exitCode === null && child.signalCode === null) await gone;
    },
  };
}

async function open(launcher: string, headMs: number, onEnd: () => void): Promise<Running> {
  const door: Door = { pending: new Map(), strangers: new Set() };
  const { pending } = door;
  // Who knows no token gets nothing there.
  const listener = await listenLocally((socket) => receive(socket, door, headMs));
  let child: ChildProcess;
  try {
    child = spawn(launcher, [listener.name], {
      cwd: '/',
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      // A session of its own: Ctrl-C on a terminal reaches the server, which still needs workers to drain. It ends with its input.
      detached: true,
    });
  } catch (error) {
    listener.close();
    throw error;
  }
  const over = (error: Error): void => {
    onEnd();
    listener.close();
    for (const { arrived } of pending.values()) arrived.reject(error);
  };
  // Before anything else: without a descriptor left, Node gives a child that has no streams and says so in an event.
  child.on('error', over);
  child.on('exit', () => over(new Error('The launcher ended before the worker was there.')));
  const streams: unknown = child.stdio;
  const requests: unknown = Array.isArray(streams) ? streams[REQUESTS_FD] : undefined;
  if (!(requests instanceof Duplex)) {
    listener.close();
    throw new Error('The launcher could not be started: the server has no file descriptor left (ulimit -n).');
  }
  requests.on('error', () => undefined); // the end that follows tells it
  // What failed before there was a control stream.
  onLines(requests, (line) => {
    const failure = parseFailure(line.slice(TOKEN_CHARS));
    if (failure !== undefined) pending.get(line.slice(0, TOKEN_CHARS))?.arrived.reject(failure);
  });
  for (const each of [child, requests]) if ('unref' in each && typeof each.unref === 'function') each.unref();
  return { ...door, child, requests };
}

/** The oldest go: a launch's own say at once whose they are. */
function turnAway({ pending, strangers }: Door): void {
  for (const oldest of strangers) {
    if (strangers.size <= STRANGERS_PER_LAUNCH * pending.size) return;
    strangers.delete(oldest);
    oldest.destroy();
  }
}

/** Nobody waits for the launch any more: it is told, and what it was given is free for others only after its end. */
async function giveUp({ streams, supervision }: Pending): Promise<void> {
  for (const [name, stream] of streams) {
    // The end of its control is an order to end; what has not come yet is nobody's when it comes.
    if (name === 'control') stream.end();
    else stream.destroy();
  }
  if (supervision !== undefined) await inTimeToEnd(supervision.ended);
}

/** A connection says first which stream of which launch it is. */
function receive(socket: Duplex, door: Door, headMs: number): void {
  const { pending, strangers } = door;
  const timer = setTimeout(() => socket.destroy(), headMs);
  // What cannot be written is told by the end that follows.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    strangers.delete(socket);
  });
  strangers.add(socket);
  turnAway(door);
  const onReadable = (): void => {
    const head: unknown = socket.read(1 + TOKEN_CHARS);
    if (!Buffer.isBuffer(head)) return;
    clearTimeout(timer);
    strangers.delete(socket);
    socket.off('readable', onReadable);
    const text = head.toString('latin1');
    const launch = pending.get(text.slice(1));
    const stream = Object.entries(STREAMS).find(([letter]) => letter === text[0])?.[1];
    if (launch === undefined || stream === undefined || launch.streams.has(stream)) socket.destroy();
    else join(launch, stream, socket);
  };
  socket.on('readable', onReadable);
}

function join(launch: Pending, stream: StreamName, socket: Duplex): void {
  const { streams, arrived } = launch;
  streams.set(stream, socket);
  if (stream === 'control') {
    launch.supervision = superviseBy(socket);
    // A launch that fails before the others have come says so here.
    launch.supervision.started.catch(arrived.reject);
  }
  const [frames, stdout, stderr] = [streams.get('frames'), streams.get('stdout'), streams.get('stderr')];
  if (launch.supervision !== undefined && frames !== undefined && stdout !== undefined && stderr !== undefined)
    arrived.resolve({
      ...launch.supervision,
      frames,
      stdout,
      stderr,
      drained: Promise.all([stdout, stderr].map(untilClosed)),
    });
}
