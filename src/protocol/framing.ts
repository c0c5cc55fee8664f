import { MIB } from '../core/units.ts';
import { err, ok, type Result } from '../core/result.ts';

/** The largest frame that either side accepts; longer values travel in chunks. */
export const MAX_FRAME_BYTES = MIB;

const HEADER_BYTES = 4;

/** One frame: the length of the payload as 32 bits, big-endian, and the payload. */
export function encodeFrame(payload: string): Buffer {
  const bytes = Buffer.byteLength(payload);
  if (bytes > MAX_FRAME_BYTES) throw new Error(`A frame of ${bytes} bytes is larger than ${MAX_FRAME_BYTES}.`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  frame.writeUInt32BE(bytes, 0);
  frame.write(payload, HEADER_BYTES);
  return frame;
}

export interface FrameReader {
  /** The payloads that this chunk completed, or what is wrong with it; after a fault the stream cannot be read on. */
  push(chunk: Buffer): Result<readonly Buffer[], string>;
}

/** Cuts a byte stream into frames. Holds at most one frame, however the bytes arrive. */
export function createFrameReader(maxFrameBytes: number = MAX_FRAME_BYTES): FrameReader {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let payload: Buffer | undefined;
  let payloadBytes = 0;

  return {
    push(chunk) {
      const frames: Buffer[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (payload === undefined) {
          const copied = chunk.copy(header, headerBytes, at);
          headerBytes += copied;
          at += copied;
          if (headerBytes < HEADER_BYTES) break;
          const length = header.readUInt32BE(0);
          if (length === 0 || length > maxFrameBytes)
            return err(`a frame of ${length} bytes; allowed are 1 to ${maxFrameBytes}`);
          payload = Buffer.allocUnsafe(length);
          payloadBytes = 0;
          headerBytes = 0;
        }
        const copied = chunk.copy(payload, payloadBytes, at);
        payloadBytes += copied;
        at += copied;
        if (payloadBytes === payload.length) {
          frames.push(payload);
          payload = undefined;
        }
      }
      return ok(frames);
    },
  };
}
