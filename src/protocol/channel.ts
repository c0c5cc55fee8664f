import type { Duplex } from 'node:stream';
import type * as z from 'zod/mini';
import { KIB } from '../core/units.ts';
import { createFrameReader, encodeFrame, MAX_FRAME_BYTES } from './framing.ts';
import { MESSAGE_BOUNDS, parseWireJson } from './wire-json.ts';

/** The framed pipe between a sandbox and its worker. */
export interface Channel<Outgoing> {
  /** Sends, or does nothing when the other side is gone: `onEnd` tells that. */
  send(message: Outgoing): void;
  /** Once the other side has taken enough of what was sent, or is gone: what it does not read is held in memory here. */
  drained(): Promise<void>;
  /** Stops reading and writing. */
  close(): void;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What one message cost to read. */
export interface MessageSize {
  readonly bytes: number;
  readonly values: number;
}

export interface ChannelSettings<Incoming> {
  readonly stream: Duplex;
  readonly incoming: z.ZodMiniType<Incoming>;
  readonly onMessage: (message: Incoming, size: MessageSize) => void;
  /** What the other side did against the protocol; nothing is read after it. */
  readonly onFault: (message: string) => void;
  /** The other side is gone. */
  readonly onEnd: () => void;
}

/** A frame at its bound may come in as many pieces; each frame brings the pieces of its size. */
const SPARE_PIECES = MAX_FRAME_BYTES / KIB;

/**
 * Bounds the reads that a stream makes here, as each costs the same, however little it brings: a sender can keep the kernel
 * from putting single bytes together by sending a descriptor with each.
 */
function countPieces(): (frames: readonly Buffer[]) => boolean {
  let spare = SPARE_PIECES;
  return (frames) => {
    spare -= 1;
    for (const { length } of frames) spare = Math.min(spare + 1 + length / KIB, SPARE_PIECES);
    return spare >= 0;
  };
}

/** Reads and writes checked messages over a stream; nothing that arrives makes it throw. */
export function createChannel<Incoming, Outgoing>(settings: ChannelSettings<Incoming>): Channel<Outgoing> {
  const { stream, incoming } = settings;
  const reader = createFrameReader();
  const isInFewPieces = countPieces();
  let over = false;
  let bytesRead = 0;
  let bytesWritten = 0;
  let draining: Promise<void> | undefined;

  function fault(message: string): void {
    over = true;
    stream.pause();
    settings.onFault(message);
  }

  function receive(frame: Buffer): void {
    if (over) return;
    const parsed = parseWireJson(frame.toString('utf8'), MESSAGE_BOUNDS);
    if (!parsed.ok) return fault(parsed.error);
    const message = incoming.safeParse(parsed.value.json);
    if (!message.success) return fault('a message of no known form');
    settings.onMessage(message.data, { bytes: frame.length, values: parsed.value.values });
  }

  stream.on('data', (chunk: Buffer) => {
    if (over) return;
    bytesRead += chunk.length;
    const frames = reader.push(chunk);
    if (!frames.ok) return fault(frames.error);
    if (!isInFewPieces(frames.value)) return fault('frames in pieces that are too small');
    for (const frame of frames.value) receive(frame);
  });
  // A reset or a broken pipe is an end like any other; `close` follows each of them.
  stream.on('error', () => undefined);
  stream.on('end', settings.onEnd);
  stream.on('close', settings.onEnd);

  return {
    send(message) {
      if (over || !stream.writable) return;
      const frame = encodeFrame(JSON.stringify(message));
      bytesWritten += frame.length;
      stream.write(frame);
    },
    drained() {
      if (over || stream.destroyed || !stream.writableNeedDrain) return Promise.resolve();
      draining ??= untilDrained(stream).finally(() => (draining = undefined));
      return draining;
    },
    get bytesRead() {
      return bytesRead;
    },
    get bytesWritten() {
      return bytesWritten;
    },
    close() {
      over = true;
      stream.destroy();
    },
  };
}

/** Listens once, however many wait. */
function untilDrained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.removeListener('drain', done);
      stream.removeListener('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
