import type { Duplex } from 'node:stream';
import * as z from 'zod/mini';
import { createChannel, type Channel } from '../protocol/channel.ts';
import { createValueAssembler, splitValue } from '../protocol/chunking.ts';
import { CallSpec, MAX_SENTENCE_CHARS, ToWorker, type FromWorker } from '../protocol/messages.ts';
import { toWireJson } from '../protocol/wire-json.ts';
import { captureConsole, createBoundedLog } from './capture-console.ts';
import { createHostClient, type HostClient } from './host-client.ts';
import { describeThrown, loadCode } from './load-code.ts';
import { loadTool } from './load-tool.ts';
import { rehearse } from './rehearse.ts';
import { ownUsage, usageSince } from './usage.ts';

type RunMessage = Extract<ToWorker, { type: 'run' }>;

/** Inputs are bounded by the parent, which made them; this only keeps the assembler's books. */
const MAX_CALL_BYTES = Number.MAX_SAFE_INTEGER;

/** Serves one call over the stream. The process stays until the parent ends it, so that the parent can look at it first. */
export function startHost(stream: Duplex): void {
  const assembler = createValueAssembler(MAX_CALL_BYTES);
  let current: { readonly token: string; readonly client: HostClient } | undefined;

  const channel: Channel<FromWorker> = createChannel<ToWorker, FromWorker>({
    stream,
    incoming: ToWorker,
    onMessage(message) {
      if (message.type === 'run') {
        if (current === undefined) current = startCall(message);
      } else if (message.type === 'hostAnswer') current?.client.receiveAnswer(message);
      else if (current === undefined) assembler.add(message);
      else current.client.receiveChunk(message);
    },
    onFault: () => process.exit(1),
    // The parent is gone or wants no more: nothing that still runs here has a reader.
    onEnd: () => process.exit(0),
  });

  function startCall(message: RunMessage): { readonly token: string; readonly client: HostClient } {
    const { token } = message;
    let lastValueId = 0;
    const client = createHostClient(channel, token, () => (lastValueId += 1));
    const spec = assembler.take(message.call);
    const call = spec.ok ? z.safeParse(CallSpec, spec.value.json) : undefined;
    if (call?.success !== true) process.exit(1);
    void serveCall({ channel, token, client, call: call.data, nextValueId: () => (lastValueId += 1) });
    return { token, client };
  }

  channel.send({ type: 'ready', usage: ownUsage() });
  setImmediate(() => void rehearse());
}

interface Serving {
  readonly channel: Channel<FromWorker>;
  readonly token: string;
  readonly client: HostClient;
  readonly call: CallSpec;
  readonly nextValueId: () => number;
}

async function serveCall({ channel, token, client, call, nextValueId }: Serving): Promise<void> {
  const start = ownUsage();
  const ended = new AbortController();

  function fail(message: string, retryable: boolean): void {
    if (ended.signal.aborted) return;
    ended.abort();
    const sentence = message.slice(0, MAX_SENTENCE_CHARS);
    channel.send({ type: 'failed', token, message: sentence, retryable, usage: usageSince(start) });
  }

  const log = createBoundedLog((level, message) => {
    if (!ended.signal.aborted) channel.send({ type: 'log', token, level, message });
  });
  captureConsole(log);
  // A callback or a promise that nobody awaits: the attempt fails with it, instead of the process without a word.
  process.on('uncaughtException', (error) => fail(describeThrown(error), mayHelp(error)));
  process.on('unhandledRejection', (error) => fail(describeThrown(error), mayHelp(error)));

  try {
    const text = toWireJson(await runProgram(call, { log, client }));
    if (!text.ok) fail(`The output is no JSON. ${text.error}`, false);
    if (!text.ok || ended.signal.aborted) return;
    ended.abort();
    const { value, chunks } = splitValue(text.value, token, nextValueId());
    for (const chunk of chunks) channel.send(chunk);
    channel.send({ type: 'result', token, output: value, usage: usageSince(start) });
  } catch (error) {
    fail(describeThrown(error), mayHelp(error));
  }
}

interface Surroundings {
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly client: Pick<HostClient, 'request' | 'reveal'>;
}

async function runProgram(call: CallSpec, { log, client }: Surroundings): Promise<unknown> {
  const { program, input, idempotencyKey, folders } = call;
  if (program.type === 'code') return await loadCode(program.source)(input);
  const run = await loadTool(program);
  return await run(input, {
    idempotencyKey,
    log,
    folders,
    http: { request: (request) => client.request(request) },
    secrets: { reveal: (name) => client.reveal(name) },
  });
}

/** Source that does not parse fails again; an error may say it of itself; another attempt may help with all others. */
function mayHelp(thrown: unknown): boolean {
  if (thrown instanceof SyntaxError) return false;
  if (typeof thrown === 'object' && thrown !== null && 'retryable' in thrown) return thrown.retryable !== false;
  return true;
}
