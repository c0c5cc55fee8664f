import type { Json } from '../core/json.ts';
import { err, type Result } from '../core/result.ts';
import { createSlots, type Slots } from '../core/slots.ts';
import { MIB } from '../core/units.ts';
import { HOST_CALLS_AT_ONCE } from '../protocol/host-calls.ts';
import { secretValues, type Grant } from './grant.ts';
import { createRedactor, type Redactor } from './redact.ts';

/** Why a host call was refused or failed; the worker's code sees the sentence. */
export interface HostCallFailure {
  readonly message: string;
  readonly retryable: boolean;
}

/** What one attempt may ask of the broker. */
export interface BrokerLimits {
  readonly calls: number;
  readonly callsAtOnce: number;
  /** Beyond those at once; a worker of ours keeps them to itself. */
  readonly callsWaiting: number;
  /** Names that are looked up at once: a lookup cannot be ended, and goes on when the call has given up. */
  readonly lookupsAtOnce: number;
  /** Of all requests that have no answer yet, as JSON. */
  readonly requestBytes: number;
  /** Of the body of one answer, after decompression. */
  readonly answerBytes: number;
  /** Answers above `smallAnswerBytes` at once, from then on until the worker has taken them; the reading of others waits. */
  readonly largeAnswersAtOnce: number;
  /** What of an answer is read without waiting, after decompression. */
  readonly smallAnswerBytes: number;
  /** Of all answers together, after decompression. */
  readonly totalBytes: number;
}

/** Documented in docs/grants.md. */
export const BROKER_LIMITS: BrokerLimits = {
  calls: 1_000,
  callsAtOnce: HOST_CALLS_AT_ONCE,
  callsWaiting: 64,
  lookupsAtOnce: 2,
  requestBytes: 64 * MIB,
  answerBytes: 8 * MIB,
  largeAnswersAtOnce: 4,
  smallAnswerBytes: MIB,
  totalBytes: 256 * MIB,
};

/** What a handler of host calls works with. */
export interface HostCallContext {
  readonly grants: readonly Grant[];
  readonly limits: BrokerLimits;
  readonly redactor: Redactor;
  /** Of names, for this attempt. */
  readonly lookups: Slots;
  readonly signal: AbortSignal;
  countSent(bytes: number): void;
  /** Counts what came in, and resolves when more of it may be read; false: the attempt may receive no more. */
  countReceived(bytes: number): Promise<boolean>;
}

export type HostCallHandler = (request: Json, context: HostCallContext) => Promise<HostAnswer>;

/** What workers may ask for, by name. */
export type HostCallHandlers = ReadonlyMap<string, HostCallHandler>;

/** Requests of one call, and what they sent and received outside. */
export interface BrokerCounts {
  readonly hostCalls: number;
  readonly hostBytesSent: number;
  readonly hostBytesReceived: number;
}

/** A host call as a worker asked for it. */
export interface AskedCall {
  readonly name: string;
  readonly request: Json;
  /** Of the request's JSON. */
  readonly bytes: number;
}

export type HostAnswer = Result<Json, HostCallFailure>;

/** The parent's side of what one call asks of the outside: checked against its grants, counted and bounded. */
export interface Broker {
  /** `deliver` has the answer; the next call takes the place of this one when it resolves. Rejects where the signal fires. */
  answer(asked: AskedCall, signal: AbortSignal, deliver: (answer: HostAnswer) => Promise<void>): Promise<void>;
  counts(): BrokerCounts;
}

export interface BrokerDeps {
  readonly handlers: HostCallHandlers;
  readonly grants: readonly Grant[];
  readonly limits?: BrokerLimits;
}

/** Makes the broker of one call. */
export function createBroker({ handlers, grants, limits = BROKER_LIMITS }: BrokerDeps): Broker {
  const slots = createSlots(limits.callsAtOnce);
  const largeAnswers = createSlots(limits.largeAnswersAtOnce);
  const lookups = createSlots(limits.lookupsAtOnce);
  const redactor = createRedactor(secretValues(grants));
  let hostCalls = 0;
  let hostBytesSent = 0;
  let hostBytesReceived = 0;
  const isSpent = (): boolean => hostBytesReceived > limits.totalBytes;

  let heldBytes = 0;

  /** Why it is not even let wait: what waits is held in the memory of the server. */
  function refusal({ bytes }: AskedCall): HostAnswer | undefined {
    const { calls, callsAtOnce, callsWaiting, requestBytes } = limits;
    if (hostCalls > calls) return refuse(`One attempt may make ${calls} host calls.`);
    if (slots.waiting >= callsWaiting)
      return refuse(`One attempt may have ${callsAtOnce} host calls at once, and ${callsWaiting} that wait.`);
    if (heldBytes + bytes > requestBytes)
      return refuse(`The host calls of one attempt may hold ${requestBytes} bytes of requests at once.`);
    return undefined;
  }

  /** What the call holds until its answer is delivered is put on `held`. */
  async function carryOut(
    { name, request }: AskedCall,
    signal: AbortSignal,
    held: (() => void)[],
  ): Promise<HostAnswer> {
    const handler = handlers.get(name);
    if (handler === undefined) return refuse(`There is no host call ${JSON.stringify(name)}.`);
    if (isSpent()) return refuse(`One attempt may receive ${limits.totalBytes} bytes.`);
    let received = 0;
    let isLarge = false;
    const answer = await handler(request, {
      grants,
      limits,
      redactor,
      lookups,
      signal,
      countSent: (bytes) => (hostBytesSent += bytes),
      async countReceived(bytes) {
        hostBytesReceived += bytes;
        received += bytes;
        if (received > limits.smallAnswerBytes && !isLarge) {
          isLarge = true;
          held.push(await largeAnswers.acquire(signal));
        }
        return !isSpent();
      },
    });
    return answer.ok ? answer : err({ ...answer.error, message: redactor.text(answer.error.message) });
  }

  return {
    async answer(asked, signal, deliver) {
      hostCalls += 1;
      const refused = refusal(asked);
      if (refused !== undefined) {
        await deliver(refused);
        return;
      }
      heldBytes += asked.bytes;
      const held: (() => void)[] = [];
      try {
        held.push(await slots.acquire(signal));
        await deliver(await carryOut(asked, signal, held));
      } finally {
        for (const release of held) release();
        heldBytes -= asked.bytes;
      }
    },
    counts: () => ({ hostCalls, hostBytesSent, hostBytesReceived }),
  };
}

/** A host call that may not be made; asking again changes nothing. */
export const refuse = (message: string): Result<never, HostCallFailure> => err({ message, retryable: false });
