import type { Json } from '../core/json.ts';
import { err, type Result } from '../core/result.ts';
import { MIB } from '../core/units.ts';
import { secretValues, type Grant } from './grant.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { createSlots } from './slots.ts';

/** Why a host call was refused or failed; the worker's code sees the sentence. */
export interface HostCallFailure {
  readonly message: string;
  readonly retryable: boolean;
}

/** What one attempt may ask of the broker. */
export interface BrokerLimits {
  readonly calls: number;
  readonly callsAtOnce: number;
  /** Of the body of one answer, after decompression. */
  readonly answerBytes: number;
  /** Of all answers together, after decompression. */
  readonly totalBytes: number;
}

/** Documented in docs/grants.md. */
export const BROKER_LIMITS: BrokerLimits = {
  calls: 1_000,
  callsAtOnce: 16,
  answerBytes: 8 * MIB,
  totalBytes: 256 * MIB,
};

/** What a handler of host calls works with. */
export interface HostCallContext {
  readonly grants: readonly Grant[];
  readonly limits: BrokerLimits;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  countSent(bytes: number): void;
  /** Counts what came in; false: the attempt may receive no more. */
  countReceived(bytes: number): boolean;
}

export type HostCallHandler = (request: Json, context: HostCallContext) => Promise<Result<Json, HostCallFailure>>;

/** What workers may ask for, by name. */
export type HostCallHandlers = ReadonlyMap<string, HostCallHandler>;

/** Requests of one call, and what they sent and received outside. */
export interface BrokerCounts {
  readonly hostCalls: number;
  readonly hostBytesSent: number;
  readonly hostBytesReceived: number;
}

/** The parent's side of what one call asks of the outside: checked against its grants, counted and bounded. */
export interface Broker {
  answer(name: string, request: Json, signal: AbortSignal): Promise<Result<Json, HostCallFailure>>;
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
  const redactor = createRedactor(secretValues(grants));
  let hostCalls = 0;
  let hostBytesSent = 0;
  let hostBytesReceived = 0;
  const isSpent = (): boolean => hostBytesReceived > limits.totalBytes;

  return {
    async answer(name, request, signal) {
      hostCalls += 1;
      const handler = handlers.get(name);
      if (handler === undefined) return refuse(`There is no host call ${JSON.stringify(name)}.`);
      if (hostCalls > limits.calls) return refuse(`One attempt may make ${limits.calls} host calls.`);
      const release = await slots.acquire(signal);
      try {
        if (isSpent()) return refuse(`One attempt may receive ${limits.totalBytes} bytes.`);
        const answer = await handler(request, {
          grants,
          limits,
          redactor,
          signal,
          countSent: (bytes) => (hostBytesSent += bytes),
          countReceived(bytes) {
            hostBytesReceived += bytes;
            return !isSpent();
          },
        });
        return answer.ok ? answer : err({ ...answer.error, message: redactor.text(answer.error.message) });
      } finally {
        release();
      }
    },
    counts: () => ({ hostCalls, hostBytesSent, hostBytesReceived }),
  };
}

/** A host call that may not be made; asking again changes nothing. */
export const refuse = (message: string): Result<never, HostCallFailure> => err({ message, retryable: false });
