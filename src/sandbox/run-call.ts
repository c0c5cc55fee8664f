import { randomBytes } from 'node:crypto';
import { createValueAssembler, splitValue } from '../protocol/chunking.ts';
import { MAX_HOST_VALUE_BYTES } from '../protocol/host-calls.ts';
import type { CallSpec, FromWorker, HostCall, WorkerUsage } from '../protocol/messages.ts';
import { toWireJson } from '../protocol/wire-json.ts';
import type { Broker } from './broker.ts';
import { brokeProtocol, canceled, outcomeOfEnd, outputExceeded, outputTooLarge, sandboxFailed, timedOut } from './outcome.ts';
import type { SandboxCall, SandboxOutcome } from './sandbox.ts';
import type { WorkerEvent, WorkerProcess } from './worker-process.ts';

/** How a call ended, and what the worker said of its use; undefined when it could not say. */
export interface CallEnd {
  readonly outcome: SandboxOutcome;
  readonly usage: WorkerUsage | undefined;
}

/** More messages than any call of ours sends: bounds the work that a flood of small valid ones makes. */
const MAX_MESSAGES = 20_000;

/** Gives a ready worker its call and resolves with the first end; the worker still runs then, and the caller ends it. */
export function runCall(worker: WorkerProcess, call: SandboxCall, broker: Broker, signal: AbortSignal): Promise<CallEnd> {
  return new Promise((resolve) => {
    const token = randomBytes(16).toString('hex');
    const assembler = createValueAssembler(Math.max(call.limits.outputBytes, MAX_HOST_VALUE_BYTES));
    const hostCalls = new AbortController();
    let messages = 0;
    let lastValueId = 0;
    let over = false;

    function settle(outcome: SandboxOutcome, usage?: WorkerUsage): void {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      hostCalls.abort(new Error('the call is over'));
      resolve({ outcome, usage });
    }
    const onAbort = (): void => settle(canceled());
    const timer = setTimeout(() => settle(timedOut(call.limits)), call.limits.timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });

    function send(text: string, message: (value: ReturnType<typeof splitValue>['value']) => Parameters<typeof worker.channel.send>[0]): void {
      lastValueId += 1;
      const { value, chunks } = splitValue(text, token, lastValueId);
      for (const chunk of chunks) worker.channel.send(chunk);
      worker.channel.send(message(value));
    }

    async function serve({ id, name, request }: HostCall): Promise<void> {
      const value = assembler.take(request);
      if (!value.ok) return settle(brokeProtocol(value.error.message));
      const answer = await broker.answer(name, value.value.json, hostCalls.signal);
      if (over) return;
      if (answer.ok) send(JSON.stringify(answer.value), (wire) => ({ type: 'hostAnswer', token, id, answer: { ok: true, value: wire } }));
      else worker.channel.send({ type: 'hostAnswer', token, id, answer: { ok: false, ...answer.error } });
    }

    function succeed(message: Extract<FromWorker, { type: 'result' }>, frameBytes: number): void {
      const value = assembler.take(message.output);
      if (!value.ok) return settle(brokeProtocol(value.error.message));
      const isSurelySmall = 'inline' in message.output && frameBytes <= call.limits.outputBytes;
      if (!isSurelySmall && value.value.bytes > call.limits.outputBytes) return settle(outputTooLarge(call.limits), message.usage);
      settle({ kind: 'succeeded', output: value.value.json }, message.usage);
    }

    function receive(message: FromWorker, frameBytes: number): void {
      messages += 1;
      if (messages > MAX_MESSAGES) return settle(brokeProtocol(`more than ${MAX_MESSAGES} messages`));
      if (message.type === 'ready') return settle(brokeProtocol('a second "ready"'));
      if (message.token !== token) return settle(brokeProtocol('a message without the token of its call'));
      switch (message.type) {
        case 'result':
          return succeed(message, frameBytes);
        case 'failed':
          return settle({ kind: 'threw', message: message.message, retryable: message.retryable }, message.usage);
        case 'log':
          return call.onLog?.({ level: message.level, message: message.message });
        case 'hostCall':
          // A broker that throws is a bug of ours, or the end of the call: the attempt ends, the server does not.
          return void serve(message).catch((error: unknown) => settle(sandboxFailed(`The broker failed: ${String(error)}`)));
        case 'chunk': {
          const added = assembler.add(message);
          if (added.ok) return;
          return settle(added.error.kind === 'tooLarge' ? outputTooLarge(call.limits) : brokeProtocol(added.error.message));
        }
      }
    }

    worker.listen((event: WorkerEvent) => {
      if (over) return;
      if (event.type === 'message') receive(event.message, event.frameBytes);
      else if (event.type === 'brokeProtocol') settle(brokeProtocol(event.message));
      else if (event.type === 'flooded') settle(outputExceeded('It wrote more than 1 MiB to its standard output and error.'));
      else settle(outcomeOfEnd(event, call.limits));
    });

    const text = toWireJson(specOf(call));
    if (!text.ok) settle({ kind: 'threw', message: `Its input cannot be sent. ${text.error}`, retryable: false });
    else if (signal.aborted) onAbort();
    else send(text.value, (value) => ({ type: 'run', token, call: value }));
  });
}

function specOf({ program, input, idempotencyKey, grants }: SandboxCall): CallSpec {
  const folders = Object.fromEntries(grants.filter((grant) => grant.kind === 'folder').map(({ name, path }) => [name, path]));
  if (program.type === 'code') return { program: { type: 'code', source: program.source }, input, idempotencyKey, folders };
  const { type, name, folder, entry } = program;
  return { program: { type, name, folder, entry }, input, idempotencyKey, folders };
}
