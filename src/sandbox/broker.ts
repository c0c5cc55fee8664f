import * as z from 'zod/mini';
import type { Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { MINUTE_MS, SECOND_MS, MIB } from '../core/units.ts';
import type { Egress } from '../egress/egress.ts';
import { HttpRequest, type HttpResponse } from '../protocol/host-calls.ts';
import type { SandboxReceipt } from '../usage/receipt.ts';
import type { Grant } from './grant.ts';
import { createSlots } from './slots.ts';

const MAX_CALLS = 1_000;
const MAX_CALLS_AT_ONCE = 16;
const MAX_RESPONSE_BYTES = 8 * MIB;
const MAX_TOTAL_BYTES = 256 * MIB;
const DEFAULT_TIMEOUT_MS = 30 * SECOND_MS;
const MAX_TIMEOUT_MS = 10 * MINUTE_MS;

/** Why a host call was refused or failed; the worker's code sees the sentence. */
export interface HostCallFailure {
  readonly message: string;
  readonly retryable: boolean;
}

/** The parent's side of what one call asks of the outside: checked against its grants, counted and bounded. */
export interface Broker {
  answer(name: string, request: Json, signal: AbortSignal): Promise<Result<Json, HostCallFailure>>;
  counts(): Pick<SandboxReceipt, 'hostCalls' | 'hostBytesSent' | 'hostBytesReceived'>;
}

/** Makes the broker of one call. */
export function createBroker(egress: Egress, grants: readonly Grant[]): Broker {
  const granted = grants.filter((grant) => grant.kind === 'host');
  const slots = createSlots(MAX_CALLS_AT_ONCE);
  let calls = 0;
  let receivedBytes = 0;
  const refuse = (message: string): Result<Json, HostCallFailure> => err({ message, retryable: false });

  async function httpRequest(json: Json, signal: AbortSignal): Promise<Result<Json, HostCallFailure>> {
    const parsed = z.safeParse(HttpRequest, json);
    if (!parsed.success) return refuse('The request has no known form.');
    const { method, url, headers, bodyBase64, timeoutMs, maxBytes } = parsed.data;
    const request = {
      method,
      url,
      headers,
      body: bodyBase64 === undefined ? undefined : Buffer.from(bodyBase64, 'base64'),
      granted,
      maxResponseBytes: Math.min(maxBytes ?? MAX_RESPONSE_BYTES, MAX_RESPONSE_BYTES),
      timeoutMs: Math.min(timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS),
    };
    const answer = await egress.request(request, signal);
    if (!answer.ok) return err({ message: answer.error.message, retryable: answer.error.retryable });
    const { status, body, receivedBytes: bytes } = answer.value;
    receivedBytes += Math.max(bytes, body.length);
    const response: HttpResponse = {
      status,
      url: answer.value.url,
      headers: { ...answer.value.headers },
      bodyBase64: body.toString('base64'),
      bytes: body.length,
    };
    return ok(response);
  }

  return {
    counts: () => ({ hostCalls: calls, hostBytesSent: 0, hostBytesReceived: receivedBytes }),
    async answer(name, request, signal) {
      calls += 1;
      if (name !== 'http.request') return refuse(`There is no host call ${JSON.stringify(name)}.`);
      if (calls > MAX_CALLS) return refuse(`One attempt may make ${MAX_CALLS} requests.`);
      const release = await slots.acquire(signal);
      try {
        if (receivedBytes > MAX_TOTAL_BYTES) return refuse(`One attempt may receive ${MAX_TOTAL_BYTES / MIB} MiB.`);
        return await httpRequest(request, signal);
      } finally {
        release();
      }
    },
  };
}
