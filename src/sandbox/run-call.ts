import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { assertNever } from '../core/assert-never.ts';
import type { Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { MessageSize } from '../protocol/channel.ts';
import { createValueAssembler, splitValue, type AssemblyFault, type ValueAssembler } from '../protocol/chunking.ts';
import { MAX_HOST_VALUE_BYTES } from '../protocol/host-calls.ts';
import type { CallSpec, FromWorker, HostCall, ToWorker, WireValue, WorkerUsage } from '../protocol/messages.ts';
import { toWireJson } from '../protocol/wire-json.ts';
import type { Limits } from '../usage/limits.ts';
import { createAllowance, type Allowance } from './allowance.ts';
import type { Broker, HostAnswer } from './broker.ts';
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

interface Parties {
  readonly worker: WorkerProcess;
  readonly call: SandboxCall;
  readonly broker: Broker;
}

/** A call that runs: what its parts need of each other. */
interface Session extends Parties {
  readonly token: string;
  readonly assembler: ValueAssembler;
  readonly allowance: Allowance;
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
      allowance: createAllowance(call),
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
  const { call, settle, over, allowance } = session;
  return (event) => {
    if (over.aborted) return;
    switch (event.type) {
      case 'message': {
        const tooMuch = allowance.countMessage(event.size);
        if (tooMuch === undefined) receive(session, event.message, event.size);
        else settle(tooMuch);
        return;
      }
      case 'brokeProtocol':
        settle(brokeProtocol(event.message));
        return;
      case 'flooded':
        settle(
          outputExceeded(
            'It wrote more than 1 MiB to its standard output and error, or as good as that in small pieces.',
          ),
        );
        return;
      case 'ended':
        settle(outcomeOfEnd(event, call.limits), { usage: undefined, deniedCall: event.deniedCall });
        return;
      default:
        assertNever(event);
    }
  };
}

function receive(session: Session, message: FromWorker, size: MessageSize): void {
  const { call, settle, assembler } = session;
  if (message.type === 'ready') settle(brokeProtocol('a second "ready"'));
  else if (message.token !== session.token) settle(brokeProtocol('a message without the token of its call'));
  else if (message.type === 'result') succeed(session, message, size);
  else if (message.type === 'failed') {
    settle(outcomeOfFailure(message, call.limits), { usage: message.usage });
  } else if (message.type === 'log') call.onLog?.({ level: message.level, message: message.message });
  else if (message.type === 'hostCall') void serve(session, message, size);
  else {
    const added = assembler.add(message);
    if (!added.ok) settle(outcomeOfFault(call.limits, added.error));
  }
}

const outcomeOfFault = (limits: Limits, fault: AssemblyFault): SandboxOutcome =>
  fault.kind === 'tooLarge' ? outputTooLarge(limits) : brokeProtocol(fault.message);

/** A value that came whole, or in pieces before; else what the call ends with. */
function take({ call, assembler, allowance }: Session, value: WireValue): Result<Json, SandboxOutcome> {
  const taken = assembler.take(value);
  if (!taken.ok) return err(outcomeOfFault(call.limits, taken.error));
  const tooMuch = allowance.countValues(taken.value.values);
  return tooMuch === undefined ? ok(taken.value.json) : err(tooMuch);
}

function succeed(
  session: Session,
  { output, usage }: Extract<FromWorker, { type: 'result' }>,
  size: MessageSize,
): void {
  const { call, settle } = session;
  const value = take(session, output);
  if (!value.ok) {
    settle(value.error);
    return;
  }
  const { outputBytes } = call.limits;
  settle(
    lengthOf(output, size, outputBytes) > outputBytes
      ? outputTooLarge(call.limits)
      : { kind: 'succeeded', output: value.value },
    { usage },
  );
}

/** Of the JSON text of a value, or more where the call may have as much. */
const lengthOf = (value: WireValue, frame: MessageSize, enough: number): number => {
  if ('chunked' in value) return value.bytes;
  return frame.bytes <= enough ? frame.bytes : Buffer.byteLength(JSON.stringify(value.inline));
};

/** Carries out a host call. A broker that throws is a bug of ours: the attempt ends with it, the server does not. */
async function serve(session: Session, { id, name, request }: HostCall, size: MessageSize): Promise<void> {
  const { broker, over, settle } = session;
  const value = take(session, request);
  if (!value.ok) {
    settle(value.error);
    return;
  }
  const asked = { name, request: value.value, bytes: 'chunked' in request ? request.bytes : size.bytes };
  try {
    await broker.answer(asked, over, (answer) => deliver(session, id, answer));
  } catch (error) {
    settle(sandboxFailed(`The broker failed: ${error instanceof Error ? error.message : String(error)}`));
  }
}

/** Resolves when the worker has taken the answer: one that does not read gets no more of them. */
async function deliver(session: Session, id: number, answer: HostAnswer): Promise<void> {
  const { worker, token, over } = session;
  if (over.aborted) return;
  if (!answer.ok) {
    worker.channel.send({ type: 'hostAnswer', token, id, answer: { ok: false, ...answer.error } });
    return;
  }
  send(session, JSON.stringify(answer.value), (wire) => ({
    type: 'hostAnswer',
    token,
    id,
    answer: { ok: true, value: wire },
  }));
  await worker.channel.drained();
}

function specOf({ worker, call }: Session): CallSpec {
  const { program, input, idempotencyKey, traceparent, grants, limits } = call;
  const granted = grants.filter((grant) => grant.kind === 'folder');
  const folders = Object.fromEntries(granted.map(({ name, path }) => [name, worker.inside(path)]));
  const traced = traceparent !== undefined && { traceparent };
  const rest = { input, idempotencyKey, ...traced, folders, outputBytes: limits.outputBytes };
  if (program.type === 'code') return { program: { type: 'code', source: program.source }, ...rest };
  const { type, name, entry } = program;
  const folder = worker.inside(program.folder);
  const { interpreter } = worker;
  if (interpreter === undefined) return { program: { type, name, folder, entry }, ...rest };
  return { program: { type: 'script', folder, entry, interpreter }, ...rest };
}
