import type { Duplex } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import type { WebSocket } from 'ws';
import type { ResultStream } from './fresh-context.ts';
import { textOfResult } from './shared-results.ts';
import { textFrame } from './text-frame.ts';

/** Where the results of one operation go. */
export interface Addressee {
  readonly socket: Pick<WebSocket, 'readyState' | 'OPEN'>;
  /** Underneath: frames that are ready are written straight into it, between those of `socket`. */
  readonly stream: Duplex;
  /** Of the operation on that socket. */
  readonly id: string;
  /** Bytes that may wait in the socket before no more is asked of the stream; it is at least Node's own mark, 16 or 64 KiB. */
  readonly maxBufferedBytes: number;
}

/**
 * Sends the results of a subscription as `next` messages of graphql-transport-ws
 * (github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), and yields none: the text of a result is the same for all who
 * are sent it, and only the id in front of it differs. Ids, `complete` and the end stay with the library.
 */
export function sendResults(
  results: ResultStream,
  { socket, stream: raw, id, maxBufferedBytes }: Addressee,
): AsyncGenerator<never, void, void> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const end = { done: true, value: undefined } as const;
  let over = false;
  /** Below its own mark a stream does not say when it has drained. */
  const isFull = (): boolean => raw.writableNeedDrain && raw.writableLength >= maxBufferedBytes;
  /** False: no more may wait in the socket, or nobody is there. */
  const write = (result: ExecutionResult): boolean => {
    if (over || socket.readyState !== socket.OPEN) return false;
    raw.write(frameOf(result, head));
    return !isFull();
  };
  const stop = async (): Promise<typeof end> => {
    over = true;
    await results.return();
    return end;
  };
  const stream: AsyncGenerator<never, void, void> = {
    async next() {
      for (;;) {
        const step = await results.next();
        if (step.done === true) return end;
        // A client that does not read is not read for: its stream falls behind, and is told so in time.
        if (write(step.value)) await results.hand?.(write);
        if (socket.readyState !== socket.OPEN) return stop();
        if (isFull()) await drained(raw);
      }
    },
    return: stop,
    async throw(error) {
      await stop();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
  return stream;
}

const frames = new WeakMap<ExecutionResult, { readonly head: string; readonly frame: Buffer }>();

/** The frame that was written last for a result is the frame of the next, where clients count their ids alike. */
function frameOf(result: ExecutionResult, head: string): Buffer {
  const last = frames.get(result);
  if (last?.head === head) return last.frame;
  const frame = textFrame(`${head}${textOfResult(result)}}`);
  frames.set(result, { head, frame });
  return frame;
}

const draining = new WeakMap<Duplex, Promise<void>>();

/** Resolves when all is in the hands of the operating system, or when the socket has closed. One wait for all its operations. */
function drained(raw: Duplex): Promise<void> {
  const known = draining.get(raw);
  if (known !== undefined) return known;
  const wait = untilDrained(raw).finally(() => draining.delete(raw));
  draining.set(raw, wait);
  return wait;
}

const untilDrained = (raw: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const settle = (): void => {
      raw.off('drain', settle);
      raw.off('close', settle);
      resolve();
    };
    if (raw.destroyed) return resolve();
    raw.once('drain', settle);
    raw.once('close', settle);
  });
