import { connect, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';

/**
 * Many subscribers in a process of their own, each a bare connection that reads WebSocket frames by hand: the machine is
 * shared with the server that is measured. Each checks that it gets every event once and in order.
 */
export interface OpenCrowd {
  readonly type: 'open';
  readonly url: string;
  readonly key: string;
  readonly query: string;
  /** Of those who do not read once they are level. */
  readonly slowQuery: string;
  readonly id: string;
  readonly size: number;
  /** The server says by a first message of each that it is level, as ours does; else one is published to all. */
  readonly greets: boolean;
  /** How many of them are slow. */
  readonly slow: number;
  /** From the instant that an event carries to its commit. */
  readonly committedAfterMs: number;
}
export type CrowdRequest = OpenCrowd | { readonly type: 'tally' } | { readonly type: 'close' };

/** What those who read have seen since the last tally was begun anew by `open`. */
export interface Tally {
  readonly level: number;
  readonly messages: number;
  /** The fewest events that one of them has. */
  readonly fewestEvents: number;
  readonly mostEvents: number;
  /** Events that were missing or came twice, over all. */
  readonly gaps: number;
  readonly closed: number;
  readonly bytes: number;
  /** From the commit of an event to its arrival. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Subscriber {
  readonly socket: Socket;
  readonly isSlow: boolean;
  level: boolean;
  last: number | undefined;
  events: number;
}

const AT_ONCE = 50;
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
let subscribers: Subscriber[] = [];
let latencies: number[] = [];
let committedAfterMs = 0;
const counts = { level: 0, messages: 0, gaps: 0, closed: 0, bytes: 0 };

/** A text frame of a client, masked with zeros. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x81fe, 0);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** Calls with each frame's first byte and payload; what is not whole yet is kept. */
function createFrames(onFrame: (opcode: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let kept: Buffer | undefined;
  return (chunk) => {
    let data = kept === undefined ? chunk : Buffer.concat([kept, chunk]);
    for (;;) {
      const short = (data[1] ?? 0) & 0x7f;
      const at = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (data.length < at) break;
      const size = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
      if (data.length < at + size) break;
      onFrame((data[0] ?? 0) & 0x0f, data.subarray(at, at + size));
      data = data.subarray(at + size);
    }
    kept = data.length > 0 ? data : undefined;
  };
}

interface Next {
  readonly payload: {
    readonly data?: {
      readonly executionEvents: { readonly events?: readonly { readonly sequence: number; readonly at: string }[] };
    };
  };
}

function take(one: Subscriber, payload: Buffer): void {
  const message = JSON.parse(payload.toString()) as Next; // what the query selects
  const events = message.payload.data?.executionEvents.events;
  if (events === undefined) return;
  counts.messages += 1;
  counts.bytes = payload.length;
  const now = Date.now();
  for (const { sequence, at } of events) {
    if (one.last !== undefined && sequence !== one.last + 1) counts.gaps += 1;
    one.last = sequence;
    one.events += 1;
    // The first of all began when its step did, which waited for the crowd.
    if (one.events > 1) latencies.push(now - Date.parse(at) - committedAfterMs);
  }
}

/** Resolves when it is level: its first `next` has come. */
function subscribe({ url, key, id, ...of }: OpenCrowd, isSlow: boolean): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const one: Subscriber = { socket, isSlow, level: false, last: undefined, events: 0 };
  subscribers.push(one);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => (counts.closed += 1));
    socket.once('connect', () =>
      socket.write(
        `GET /graphql HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
          'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
      ),
    );
    const frames = createFrames((opcode, payload) => {
      if (opcode === 9) socket.write(PONG);
      if (opcode !== 1) return;
      if (payload.includes('"connection_ack"')) {
        const query = isSlow ? of.slowQuery : of.query;
        socket.write(
          frame(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { id } } })),
          () => {
            if (!of.greets) resolve();
          },
        );
      } else if (payload.includes('"next"')) {
        if (!one.level) {
          one.level = true;
          counts.level += 1;
          if (isSlow) socket.pause();
          resolve();
        }
        if (!isSlow) take(one, payload);
      } else if (payload.includes('"error"')) reject(new Error(payload.toString()));
    });
    let head = '';
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      if (!head.startsWith('HTTP/1.1 101')) return reject(new Error(head));
      socket.on('data', frames);
      socket.write(frame(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })));
      frames(Buffer.from(head.slice(end + 4), 'latin1'));
    };
    socket.on('data', onData);
  });
}

async function open(request: OpenCrowd): Promise<void> {
  subscribers = [];
  latencies = [];
  ({ committedAfterMs } = request);
  Object.assign(counts, { level: 0, messages: 0, gaps: 0, closed: 0, bytes: 0 });
  let next = 0;
  const openSome = async (): Promise<void> => {
    while (next < request.size) {
      next += 1;
      // The slow ones are spread over all.
      const isSlow = request.slow > 0 && next % Math.floor(request.size / request.slow) === 0;
      await subscribe(request, isSlow);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openSome));
}

function tally(): Tally {
  const quick = subscribers.filter(({ isSlow }) => !isSlow).map(({ events }) => events);
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return {
    ...counts,
    fewestEvents: quick.reduce((least, events) => Math.min(least, events), Infinity),
    mostEvents: quick.reduce((most, events) => Math.max(most, events), 0),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

process.on('message', (request: CrowdRequest) => {
  if (request.type === 'open') {
    open(request).then(
      () => process.send?.(tally()),
      (error: unknown) => {
        process.stderr.write(`A subscriber of the crowd failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
    return;
  }
  if (request.type === 'close') for (const { socket } of subscribers) socket.destroy();
  process.send?.(tally());
});
process.on('disconnect', () => process.exit(0));
