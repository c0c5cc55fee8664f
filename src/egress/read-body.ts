import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ok, type Result } from '../core/result.ts';
import { fail, type EgressFailure } from './failure.ts';

export interface Body {
  readonly body: Buffer;
  /** As they came over the wire, headers included. */
  readonly receivedBytes: number;
}

/** Reads a body up to a bound that holds after decompression too: a small answer may unpack to gigabytes. */
export async function readBody(
  message: IncomingMessage,
  { maxBytes, isHead }: { readonly maxBytes: number; readonly isHead: boolean },
): Promise<Result<Body, EgressFailure>> {
  // The connection carries nothing else: its counter is what the answer cost on the wire, headers included.
  const { socket } = message;
  const stream = isHead ? message : decompressed(message);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    // No encoding is set on it: it gives bytes.
    for await (const piece of stream as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) return fail('tooLarge', `The answer is larger than ${maxBytes} bytes.`);
      pieces.push(piece);
    }
  } finally {
    message.destroy();
    stream.destroy();
  }
  return ok({ body: Buffer.concat(pieces), receivedBytes: socket.bytesRead });
}

function decompressed(message: IncomingMessage): Readable {
  const encoding = message.headers['content-encoding']?.trim().toLowerCase();
  const inflate =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'deflate'
        ? createInflate()
        : encoding === 'br'
          ? createBrotliDecompress()
          : undefined;
  if (inflate === undefined) return message;
  // A connection that breaks off must end the reader too: pipe() alone does not pass errors on.
  message.on('error', (error) => inflate.destroy(error));
  message.on('aborted', () => inflate.destroy(new Error('the connection broke off')));
  return message.pipe(inflate);
}
