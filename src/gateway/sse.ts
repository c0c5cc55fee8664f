import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isMarkedAsOver } from './sse-request.ts';

const KEEP_ALIVE_MS = 12_000;

export interface SseOptions {
  /** Between two comments on a silent stream; proxies and browsers give up on silence. Default 12 s. */
  readonly keepAliveMs?: number;
}

/**
 * Writes subscriptions as server-sent events in distinct connections mode, as yoga does, but each message that has a
 * cursor has it as its `id:`, so that `EventSource` resumes by itself; and a stream that is over answers 204, which is
 * the one way to make `EventSource` stop.
 */
export function createSsePlugin({ keepAliveMs = KEEP_ALIVE_MS }: SseOptions = {}): Plugin {
  return {
    onResultProcess({ request, result, resultProcessor, setResultProcessor }) {
      // No processor so far: the client does not accept a stream, and is told so.
      if (resultProcessor === undefined || !isStream(result)) return;
      setResultProcessor(
        // What yoga calls any stream is one of execution results.
        (stream) => respond(stream as AsyncGenerator<ExecutionResult>, { request, keepAliveMs }),
        'text/event-stream',
      );
    },
  };
}

const isStream = (result: object): boolean => Symbol.asyncIterator in result;

async function respond(
  stream: AsyncGenerator<ExecutionResult>,
  { request, keepAliveMs }: { readonly request: Request; readonly keepAliveMs: number },
): Promise<Response> {
  if (isMarkedAsOver(request)) {
    await stream.return(undefined);
    return new Response(null, { status: 204 });
  }
  return new Response(toBody(stream, keepAliveMs), {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

/** Pulled by the socket: while it is full, nothing is asked of the stream. */
function toBody(stream: AsyncGenerator<ExecutionResult>, keepAliveMs: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let keepAlive: NodeJS.Timeout | undefined;
  const stop = (): void => clearInterval(keepAlive);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Some browsers show nothing of a response before its first byte.
        const comment = encoder.encode(':\n\n');
        controller.enqueue(comment);
        keepAlive = setInterval(() => {
          if (controller.desiredSize !== null && controller.desiredSize > 0) controller.enqueue(comment);
        }, keepAliveMs);
      },
      async pull(controller) {
        try {
          const step = await stream.next();
          controller.enqueue(encoder.encode(step.done === true ? COMPLETE : toText(step.value)));
          if (step.done !== true) return;
          stop();
          controller.close();
        } catch (error) {
          // The connection breaks without `complete`: the client comes again with its last id.
          stop();
          controller.error(error);
        }
      },
      async cancel() {
        stop();
        await stream.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}

const COMPLETE = 'event: complete\ndata:\n\n';

function toText(result: ExecutionResult): string {
  const cursor = result.extensions?.['cursor'];
  const id = typeof cursor === 'string' ? `id: ${cursor}\n` : '';
  return `${id}event: next\ndata: ${JSON.stringify(result)}\n\n`;
}
