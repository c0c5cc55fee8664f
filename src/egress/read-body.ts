import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ok, type Result } from '../core/result.ts';
import { fail, type EgressFailure } from './failure.ts';

interface BodyBounds {
  /** After decompression. */
  readonly maxBytes: number;
  readonly isHead: boolean;
  /** Told of each piece; the next one is read when it resolves. False: the caller takes no more. */
  readonly onReceived: (bytes: number) => boolean | Promise<boolean>;
}

/** Reads a body up to a bound that holds after decompression too: a small answer may unpack to gigabytes. */
export async function readBody(
  message: IncomingMessage,
  { maxBytes, isHead, onReceived }: BodyBounds,
): Promise<Result<Buffer, EgressFailure>> {
  const stream = isHead ? message : decompressed(message);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    // No encoding is set on it: it gives bytes.
    for await (const piece of stream as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (!(await onReceived(piece.length))) return fail('tooLarge', 'The attempt may receive no more.');
      if (bytes > maxBytes) return fail('tooLarge', `The answer is larger than ${maxBytes} bytes.`);
      pieces.push(piece);
    }
  } finally {
    message.destroy();
    stream.destroy();
  }
  return ok(Buffer.concat(pieces));
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
