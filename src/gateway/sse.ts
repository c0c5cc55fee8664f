import { once } from 'node:events';
import { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { textOfResult } from './shared-results.ts';
import { isMarkedAsOver, streamIdOf, whenRevoked } from './sse-request.ts';

const KEEP_ALIVE_MS = 12_000;

export interface SseOptions {
  /** Between two comments on a silent stream; proxies and browsers give up on silence. Default 12 s. */
  readonly keepAliveMs?: number;
  /** How long a full socket may stay unread before its client is let go. */
  readonly stalledStreamMs: number;
}

type Results = AsyncGenerator<ExecutionResult, void, undefined>;

/**
 * Writes subscriptions as server-sent events in distinct connections mode, as yoga does, but each message that has a
 * cursor has it as its `id:`, so that `EventSource` resumes by itself; and a stream that is over answers 204, which is
 * the one way to make `EventSource` stop.
 */
export function createSsePlugin({ keepAliveMs = KEEP_ALIVE_MS, stalledStreamMs }: SseOptions): Plugin {
  return {
    onResultProcess({ request, result, resultProcessor, setResultProcessor, serverContext }) {
      if (!isStream(result)) return;
      if (resultProcessor === undefined) {
        // The client does not accept a stream, and is told so.
        void result.return().catch(() => undefined);
        return;
      }
      const response = responseOf(serverContext);
      if (response === undefined) return;
      setResultProcessor(async (_result, fetchAPI) => {
        if (isMarkedAsOver(request)) {
          await result.return();
          return new fetchAPI.Response(null, { status: 204 });
        }
        const streamId = streamIdOf(request);
        if (streamId !== undefined) response.setHeader('x-stream-id', streamId);
        whenRevoked(request, () => {
          // Who reads is told why it ends; who does not would stay connected.
          if (response.writableNeedDrain) response.destroy();
        });
        await writeStream(result, response, { keepAliveMs, stalledStreamMs });
        // Yoga leaves a response alone that has ended.
        return new fetchAPI.Response(null, { status: 200 });
      }, 'text/event-stream');
    },
  };
}

// What execution gives and can be iterated is the stream of a subscription: there is no @defer and no @stream.
const isStream = (result: unknown): result is Results =>
  typeof result === 'object' && result !== null && Symbol.asyncIterator in result;

const responseOf = (context: unknown): ServerResponse | undefined =>
  typeof context === 'object' && context !== null && 'res' in context && context.res instanceof ServerResponse
    ? context.res
    : undefined;

/**
 * Straight into the socket: a body of the Fetch API is not told in every case that its client has gone, and cannot break
 * the connection when the stream fails.
 */
async function writeStream(
  stream: Results,
  response: ServerResponse,
  { keepAliveMs, stalledStreamMs }: Required<SseOptions>,
): Promise<void> {
  const leave = (): void => void stream.return().catch(() => undefined);
  if (hasGone(response)) {
    leave();
    return;
  }
  response.once('close', leave);
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  response.setHeader('cache-control', 'no-cache, no-transform');
  response.setHeader('x-accel-buffering', 'no');
  response.writeHead(200);
  // Some browsers show nothing of a response before its first byte.
  response.write(COMMENT);
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain && !hasGone(response)) response.write(COMMENT);
  }, keepAliveMs);
  try {
    for await (const result of stream) {
      // While the socket is full nothing is asked of the stream.
      if (hasGone(response)) return;
      if (!response.write(toText(result))) await drained(response, stalledStreamMs);
    }
    if (!hasGone(response)) response.end(COMPLETE);
  } catch {
    // Without `complete`: the client comes again with its last id. What failed was reported where it was masked.
    response.destroy();
  } finally {
    clearInterval(keepAlive);
  }
}

const hasGone = (response: ServerResponse): boolean => response.destroyed;

async function drained(response: ServerResponse, stalledStreamMs: number): Promise<void> {
  const closed = new AbortController();
  const onClose = (): void => closed.abort(new Error('The client has gone.'));
  response.once('close', onClose);
  const timer = setTimeout(() => response.destroy(), stalledStreamMs);
  try {
    await once(response, 'drain', { signal: closed.signal });
  } finally {
    clearTimeout(timer);
    response.off('close', onClose);
  }
}

const COMMENT = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

function toText(result: ExecutionResult): string {
  const cursor = result.extensions?.['cursor'];
  const id = typeof cursor === 'string' ? `id: ${cursor}\n` : '';
  return `${id}event: next\ndata: ${textOfResult(result)}\n\n`;
}
