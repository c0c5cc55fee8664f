import type { Duplex } from 'node:stream';
import * as z from 'zod/mini';
import { createChannel, type Channel } from '../protocol/channel.ts';
import { createValueAssembler, splitValue } from '../protocol/chunking.ts';
import type { HttpRequest } from '../protocol/host-calls.ts';
import { CallSpec, MAX_SENTENCE_CHARS, ToWorker, type FromWorker } from '../protocol/messages.ts';
import { TOO_MANY_VALUES, toWireJson } from '../protocol/wire-json.ts';
import { tryCanaries } from './canaries.ts';
import { captureConsole, createBoundedLog } from './capture-console.ts';
import { createHostClient, type HostClient } from './host-client.ts';
import { describeThrown, loadCode } from './load-code.ts';
import { limitOf } from './limit-of.ts';
import { runScript } from './load-script.ts';
import { loadTool } from './load-tool.ts';
import type { MetLimit } from './met-limit.ts';
import { rehearse } from './rehearse.ts';
import { ownUsage, usageSince } from './usage.ts';

type RunMessage = Extract<ToWorker, { type: 'run' }>;

/** Inputs are bounded by the parent, which made them; this only keeps the assembler's books. */
const MAX_CALL_BYTES = Number.MAX_SAFE_INTEGER;

/** A call that was begun; over once it has answered. */
interface Current {
  readonly client: HostClient;
  readonly over: AbortSignal;
}

/**
 * Serves calls over the stream, one after another. The process stays until the parent ends it, so that the parent can look
 * at it first, and give it another call where it may.
 */
export function startHost(stream: Duplex): void {
  const assembler = createValueAssembler(MAX_CALL_BYTES);
  let current: Current | undefined;

  const channel: Channel<FromWorker> = createChannel<ToWorker, FromWorker>({
    stream,
    incoming: ToWorker,
    onMessage(message) {
      if (message.type === 'run') {
        if (isIdle()) current = startCall(message);
      } else if (message.type === 'hostAnswer') current?.client.receiveAnswer(message);
      else if (isIdle() || current === undefined) assembler.add(message);
      else current.client.receiveChunk(message);
    },
    onFault: () => process.exit(1),
    // The parent is gone or wants no more: nothing that still runs here has a reader.
    onEnd: () => process.exit(0),
  });

  const isIdle = (): boolean => current === undefined || current.over.aborted;

  function startCall(message: RunMessage): Current {
    const { token } = message;
    let lastValueId = 0;
    const client = createHostClient(channel, token, () => (lastValueId += 1));
    const spec = assembler.take(message.call);
    const call = spec.ok ? z.safeParse(CallSpec, spec.value.json) : undefined;
    if (call?.success !== true) process.exit(1);
    const ended = new AbortController();
    void serveCall({ channel, token, client, call: call.data, ended, nextValueId: () => (lastValueId += 1) });
    return { client, over: ended.signal };
  }

  void tryCanaries().then((canaries) => {
    channel.send({ type: 'ready', usage: ownUsage(), canaries });
    setImmediate(() => void rehearse());
  });
}

interface Serving {
  readonly channel: Channel<FromWorker>;
  readonly token: string;
  readonly client: HostClient;
  readonly call: CallSpec;
  readonly ended: AbortController;
  readonly nextValueId: () => number;
}

async function serveCall({ channel, token, client, call, ended, nextValueId }: Serving): Promise<void> {
  const start = ownUsage();

  function fail(message: string, { retryable, limit }: { retryable: boolean; limit?: MetLimit | undefined }): void {
    if (ended.signal.aborted) return;
    ended.abort();
    const sentence = message.slice(0, MAX_SENTENCE_CHARS);
    channel.send({
      type: 'failed',
      token,
      message: sentence,
      retryable,
      ...(limit && { limit }),
      usage: usageSince(start),
    });
  }
  function failBy(thrown: unknown): void {
    const message = describeThrown(thrown);
    try {
      fail(message, { retryable: mayHelp(thrown), limit: limitOf(thrown) });
    } catch {
      fail(message, { retryable: true }); // its members throw when they are read
    }
  }

  const log = createBoundedLog((level, message) => {
    if (!ended.signal.aborted) channel.send({ type: 'log', token, level, message });
  });
  captureConsole(log);
  // A callback or a promise that nobody awaits: the attempt fails with it, instead of the process without a word.
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.removeAllListeners(event);
    process.on(event, failBy);
  }

  try {
    const text = toWireJson(await runProgram(call, { log, client }));
    if (!text.ok && text.error === TOO_MANY_VALUES) fail(`The output is too large. ${text.error}`, TOO_LARGE);
    else if (!text.ok) fail(`The output is no JSON. ${text.error}`, { retryable: false });
    if (!text.ok || ended.signal.aborted) return;
    ended.abort();
    const { value, chunks } = splitValue(text.value, token, nextValueId());
    for (const chunk of chunks) channel.send(chunk);
    channel.send({ type: 'result', token, output: value, usage: usageSince(start) });
  } catch (error) {
    failBy(error);
  }
}

const TOO_LARGE = { retryable: false, limit: 'output' } as const;

interface Surroundings {
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly client: Pick<HostClient, 'request' | 'reveal'>;
}

async function runProgram(call: CallSpec, { log, client }: Surroundings): Promise<unknown> {
  const { program, input, idempotencyKey, traceparent, folders, outputBytes } = call;
  if (program.type === 'code') return await loadCode(program.source)(input);
  if (program.type === 'script')
    return await runScript({ ...program, input, idempotencyKey, traceparent, folders, outputBytes, log });
  const run = await loadTool(program);
  return await run(input, {
    idempotencyKey,
    traceparent,
    log,
    folders,
    http: { request: (request) => client.request(withTraceparent(request, traceparent)) },
    secrets: { reveal: (name) => client.reveal(name) },
  });
}

/** What the call asks for elsewhere belongs to its trace. */
function withTraceparent(request: HttpRequest, traceparent: string | undefined): HttpRequest {
  const { headers } = request;
  if (traceparent === undefined || Object.keys(headers).some((name) => name.toLowerCase() === 'traceparent')) {
    return request;
  }
  return { ...request, headers: { ...headers, traceparent } };
}

/** Source that does not parse fails again; an error may say it of itself; another attempt may help with all others. */
function mayHelp(thrown: unknown): boolean {
  if (thrown instanceof SyntaxError) return false;
  if (typeof thrown === 'object' && thrown !== null && 'retryable' in thrown) return thrown.retryable !== false;
  return true;
}
