import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { credentials, graphqlUrl, refused, unreachable, type ServerAddress } from './client.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { WatchExecutionDocument, type WatchExecutionSubscription } from './generated/graphql.ts';
import { isOver } from './watch-state.ts';

type Message = NonNullable<WatchExecutionSubscription['executionEvents']>;

/** What a follower hears: the messages of the subscription, and when there is no connection. */
export type Heard =
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'reconnecting'; readonly after: string | undefined };

export interface FollowRequest {
  readonly address: ServerAddress;
  readonly executionId: string;
  /** A cursor; undefined: begin with a snapshot. */
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 4_000;
/** How long no server may answer before the command gives up. */
const GIVE_UP_MS = 60_000;

/** Follows an execution to its end, across lost connections and restarts of the server: each event comes once. */
export async function* follow(request: FollowRequest): AsyncGenerator<Heard, void, undefined> {
  let after = request.after;
  let heardAt: number | undefined;
  let waitMs = FIRST_DELAY_MS;
  // A call, as the signal may fire while something is awaited.
  const stopped = (): boolean => request.signal.aborted;
  while (!stopped()) {
    try {
      for await (const message of subscribe({ ...request, after })) {
        heardAt = performance.now();
        waitMs = FIRST_DELAY_MS;
        if ('cursor' in message) after = message.cursor;
        if (message.__typename === 'StreamLagged') after = message.resumeAfter;
        yield { type: 'message', message };
        if ('execution' in message && isOver(message.execution.status) && !isBehind(message)) return;
      }
      if (stopped()) return;
    } catch (error) {
      if (stopped()) return;
      if (error instanceof CommandFailure) throw error;
      // The first connection fails at once: a wrong address does not get better by waiting.
      if (heardAt === undefined || performance.now() - heardAt > GIVE_UP_MS)
        throw unreachable(request.address.url, error);
    }
    yield { type: 'reconnecting', after };
    await delay(waitMs, undefined, { signal: request.signal }).catch(() => undefined);
    waitMs = Math.min(2 * waitMs, MAX_DELAY_MS);
  }
}

/** A batch of the past carries the execution as it is now: more events may follow although that is over. */
const isBehind = (message: Message): boolean =>
  message.__typename === 'ExecutionEvents' && !message.events.some((event) => TERMINAL.has(event.type));
const TERMINAL: ReadonlySet<string> = new Set(['EXECUTION_SUCCEEDED', 'EXECUTION_FAILED', 'EXECUTION_CANCELED']);

/** One connection's worth of messages. */
async function* subscribe(request: FollowRequest): AsyncGenerator<Message, void, undefined> {
  const client = connect(request.address);
  const answers = client.iterate<WatchExecutionSubscription>({
    query: WatchExecutionDocument.toString(),
    variables: { executionId: request.executionId, after: request.after },
  });
  const stop = (): void => void answers.return?.();
  request.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const answer of answers) {
      if (answer.errors !== undefined && answer.errors.length > 0) throw refused(answer.errors);
      const message = answer.data?.executionEvents;
      if (message) yield message;
    }
  } catch (error) {
    throw toFailure(error);
  } finally {
    request.signal.removeEventListener('abort', stop);
    await client.dispose();
  }
}

function connect(address: ServerAddress): SocketClient {
  return createClient({
    url: graphqlUrl(address.url).replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: credentials(address),
    // This file reconnects itself, as each connection must begin after another cursor.
    retryAttempts: 0,
  });
}

/** Errors of the operation end the command; a closed socket is tried again unless the server refuses this client. */
function toFailure(error: unknown): unknown {
  if (error instanceof CommandFailure) return error;
  if (Array.isArray(error)) return refused(error.filter(isGraphQLError));
  if (typeof error !== 'object' || error === null || !('code' in error)) return error;
  if (error.code === 4400 || error.code === 4401 || error.code === 4403) {
    return new CommandFailure(
      EXIT.configuration,
      'The server refuses this API key. Set ICEOS_API_KEY to one that is valid.',
    );
  }
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : '';
  return new Error(`the connection was closed (${String(error.code)}${reason === '' ? '' : `, ${reason}`})`);
}

const isGraphQLError = (
  error: unknown,
): error is { readonly message: string; readonly extensions?: Record<string, unknown> } =>
  typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
