import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { assertNever } from '../core/assert-never.ts';
import { createValueAssembler, splitValue, type AssemblyFault, type ValueAssembler } from '../protocol/chunking.ts';
import { MAX_HOST_VALUE_BYTES } from '../protocol/host-calls.ts';
import type { CallSpec, FromWorker, HostCall, ToWorker, WireValue, WorkerUsage } from '../protocol/messages.ts';
import { toWireJson } from '../protocol/wire-json.ts';
import type { Broker } from './broker.ts';
import {
  brokeProtocol,
  canceled,
  outcomeOfEnd,
  outcomeOfFailure,
  outputExceeded,
  outputTooLarge,
  sandboxFailed,
  timedOut,
} from './outcome.ts';
import type { SandboxCall, SandboxOutcome } from './sandbox.ts';
import type { WorkerEvent, WorkerProcess } from './worker-process.ts';

/** How a call ended, and what the worker said of its use; undefined when it could not say. */
export interface CallEnd {
  readonly outcome: SandboxOutcome;
  readonly usage: WorkerUsage | undefined;
  /** The system call for which it was ended. */
  readonly deniedCall?: string | undefined;
}

/** More messages than any call of ours sends: bounds the work that a flood of small valid ones makes. */
const MAX_MESSAGES = 20_000;

interface Parties {
  readonly worker: WorkerProcess;
  readonly call: SandboxCall;
  readonly broker: Broker;
}

/** A call that runs: what its parts need of each other. */
interface Session extends Parties {
  readonly token: string;
  readonly assembler: ValueAssembler;
  /** Fires when the call is over, so that requests of the broker end with it. */
  readonly over: AbortSignal;
  readonly settle: (outcome: SandboxOutcome, more?: Omit<CallEnd, 'outcome'>) => void;
  readonly nextValueId: () => number;
}

/** Gives a ready worker its call and resolves with the first end; the worker still runs then, and the caller ends it. */
export function runCall({ worker, call, broker }: Parties, signal: AbortSignal): Promise<CallEnd> {
  return new Promise((resolve) => {
    const over = new AbortController();
    setMaxListeners(0, over.signal); // each host call that waits listens to it
    let lastValueId = 0;
    const onAbort = (): void => settle(canceled());
    const timer = setTimeout(() => settle(timedOut(call.limits)), call.limits.timeoutMs);

    function settle(outcome: SandboxOutcome, more: Omit<CallEnd, 'outcome'> = { usage: undefined }): void {
      if (over.signal.aborted) return;
      over.abort(new Error('the call is over'));
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve({ outcome, ...more });
    }

    const session: Session = {
      worker,
      call,
      broker,
      token: randomBytes(16).toString('hex'),
      assembler: createValueAssembler(Math.max(call.limits.outputBytes, MAX_HOST_VALUE_BYTES)),
      over: over.signal,
      settle,
      nextValueId: () => (lastValueId += 1),
    };
    signal.addEventListener('abort', onAbort, { once: true });
    worker.listen(listenerOf(session));
    if (signal.aborted) onAbort();
    else begin(session);
  });
}

function begin(session: Session): void {
  const { token, settle } = session;
  const text = toWireJson(specOf(session));
  if (text.ok) send(session, text.value, (value) => ({ type: 'run', token, call: value }));
  else settle({ kind: 'threw', message: `Its input cannot be sent. ${text.error}`, retryable: false });
}

/** Sends a message with a value in it; the chunks of a long one go first. */
function send({ worker, token, nextValueId }: Session, text: string, message: (value: WireValue) => ToWorker): void {
  const { value, chunks } = splitValue(text, token, nextValueId());
  for (const chunk of chunks) worker.channel.send(chunk);
  worker.channel.send(message(value));
}

function listenerOf(session: Session): (event: WorkerEvent) => void {
  const { call, settle, over } = session;
  let messages = 0;
  return (event) => {
    if (over.aborted) return;
    switch (event.type) {
      case 'message':
        messages += 1;
        if (messages > MAX_MESSAGES) settle(brokeProtocol(`more than ${MAX_MESSAGES} messages`));
        else receive(session, event.message, event.frameBytes);
        return;
      case 'brokeProtocol':
        settle(brokeProtocol(event.message));
        return;
      case 'flooded':
        settle(outputExceeded('It wrote more than 1 MiB to its standard output and error.'));
        return;
      case 'ended':
        settle(outcomeOfEnd(event, call.limits), { usage: undefined, deniedCall: event.deniedCall });
        return;
      default:
        assertNever(event);
    }
  };
}

function receive(session: Session, message: FromWorker, frameBytes: number): void {
  const { call, settle, assembler } = session;
  if (message.type === 'ready') settle(brokeProtocol('a second "ready"'));
  else if (message.token !== session.token) settle(brokeProtocol('a message without the token of its call'));
  else if (message.type === 'result') succeed(session, message, frameBytes);
  else if (message.type === 'failed') {
    settle(outcomeOfFailure(message, call.limits), { usage: message.usage });
  } else if (message.type === 'log') call.onLog?.({ level: message.level, message: message.message });
  else if (message.type === 'hostCall') void serve(session, message);
  else {
    const added = assembler.add(message);
    if (!added.ok) settle(outcomeOfFault(session, added.error));
  }
}

const outcomeOfFault = ({ call }: Session, fault: AssemblyFault): SandboxOutcome =>
  fault.kind === 'tooLarge' ? outputTooLarge(call.limits) : brokeProtocol(fault.message);

function succeed(session: Session, message: Extract<FromWorker, { type: 'result' }>, frameBytes: number): void {
  const { call, settle, assembler } = session;
  const value = assembler.take(message.output);
  if (!value.ok) {
    settle(outcomeOfFault(session, value.error));
    return;
  }
  const isSurelySmall = 'inline' in message.output && frameBytes <= call.limits.outputBytes;
  const isTooLarge = !isSurelySmall && value.value.bytes > call.limits.outputBytes;
  settle(isTooLarge ? outputTooLarge(call.limits) : { kind: 'succeeded', output: value.value.json }, {
    usage: message.usage,
  });
}

/** Carries out a host call. A broker that throws is a bug of ours: the attempt ends with it, the server does not. */
async function serve(session: Session, { id, name, request }: HostCall): Promise<void> {
  const { worker, broker, assembler, token, over, settle } = session;
  const value = assembler.take(request);
  if (!value.ok) {
    settle(outcomeOfFault(session, value.error));
    return;
  }
  try {
    const answer = await broker.answer(name, value.value.json, over);
    if (over.aborted) return;
    if (!answer.ok) worker.channel.send({ type: 'hostAnswer', token, id, answer: { ok: false, ...answer.error } });
    else {
      send(session, JSON.stringify(answer.value), (wire) => ({
        type: 'hostAnswer',
        token,
        id,
        answer: { ok: true, value: wire },
      }));
    }
  } catch (error) {
    settle(sandboxFailed(`The broker failed: ${error instanceof Error ? error.message : String(error)}`));
  }
}

function specOf({ worker, call }: Session): CallSpec {
  const { program, input, idempotencyKey, grants, limits } = call;
  const granted = grants.filter((grant) => grant.kind === 'folder');
  const folders = Object.fromEntries(granted.map(({ name, path }) => [name, worker.inside(path)]));
  const rest = { input, idempotencyKey, folders, outputBytes: limits.outputBytes };
  if (program.type === 'code') return { program: { type: 'code', source: program.source }, ...rest };
  const { type, name, entry } = program;
  const folder = worker.inside(program.folder);
  const { interpreter } = worker;
  if (interpreter === undefined) return { program: { type, name, folder, entry }, ...rest };
  return { program: { type: 'script', folder, entry, interpreter }, ...rest };
}
