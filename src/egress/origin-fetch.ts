import { MIB } from '../core/units.ts';

/** For the body of one answer, after decompression: far above what a model says, far below what a process holds. */
export const DEFAULT_MAX_ANSWER_BYTES = 32 * MIB;

/** An answer was longer than it may be; its rest was not read. */
export class AnswerTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`The answer is larger than ${maxBytes} bytes.`);
  }
}

/**
 * A `fetch` for one service that the operator has set up, such as a model provider: it asks that origin alone, and follows no
 * redirect, so that a key is never sent elsewhere. The operator's own word stands: a private address may be meant.
 */
export function fetchFrom(origin: string, maxAnswerBytes = DEFAULT_MAX_ANSWER_BYTES): typeof globalThis.fetch {
  const allowed = new URL(origin).origin;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== allowed)
      throw new TypeError(`${url.origin} is not ${allowed}, the only place that may be asked.`);
    return bounded(await fetch(input, { ...init, redirect: 'error' }), maxAnswerBytes);
  };
}

/** The same answer, whose body fails where it passes its bound; that ends the connection too. */
function bounded(response: Response, maxBytes: number): Response {
  if (response.body === null) return response;
  let bytes = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        bytes += piece.byteLength;
        if (bytes > maxBytes) controller.error(new AnswerTooLargeError(maxBytes));
        else controller.enqueue(piece);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(counted, { status, statusText, headers });
}
