import { abortable } from '../core/abortable.ts';
import type { HostPort } from '../core/host-port.ts';
import { ok, type Result } from '../core/result.ts';
import type { Slots } from '../core/slots.ts';
import { exchange, type Exchange } from './exchange.ts';
import { fail, type EgressFailure } from './failure.ts';
import { redirected, type Redirectable } from './redirects.ts';
import { createLookups, type ResolveName } from './name-lookups.ts';
import { resolveBySystem, resolveTarget, type AddressPolicy } from './resolve.ts';
import { parseTarget } from './target.ts';

/** Redirects that are followed, each checked like the first URL. */
const MAX_REDIRECTS = 5;

export interface EgressRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  /** The only places that this request and its redirects may reach. */
  readonly granted: readonly HostPort[];
  /** Of the body after decompression. */
  readonly maxResponseBytes: number;
  /** For everything together, redirects included. */
  readonly timeoutMs: number;
  /** Headers beside the known ones that no redirect to another origin may carry, in lower case. */
  readonly credentials?: readonly string[];
  /** Lookups of names that whoever asks may have at once, of all of its requests. */
  readonly lookups?: Slots | undefined;
  /** Told of each request and redirect: its headers and body, in bytes. */
  readonly onSent?: (bytes: number) => void;
  /** Told of headers and of each piece of a body, after decompression; false ends the request. */
  readonly onReceived?: (bytes: number) => boolean | Promise<boolean>;
}

export interface EgressResponse {
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly redirectCount: number;
}

/** The only way out of the server. */
export interface Egress {
  request(request: EgressRequest, signal: AbortSignal): Promise<Result<EgressResponse, EgressFailure>>;
}

export interface EgressSettings {
  /** `host:port` of private or loopback places that the operator allows; they still need a grant. */
  readonly allowPrivate?: readonly HostPort[];
  /** The product's own listeners, database and Redis: refused whatever else says yes. Asked at each request. */
  readonly refused?: () => readonly HostPort[];
  readonly resolveName?: ResolveName;
  /** PEM certificates to trust; default: those that Node ships. */
  readonly trusted?: readonly string[];
}

/** Makes the one part that opens outbound HTTP connections, under the address rules and without any proxy. */
export function createEgress(settings: EgressSettings = {}): Egress {
  const lookUp = createLookups(settings.resolveName ?? resolveBySystem);
  return {
    async request(request, signal) {
      const timeout = AbortSignal.timeout(request.timeoutMs);
      const either = AbortSignal.any([signal, timeout]);
      const policy: AddressPolicy = {
        allowPrivate: settings.allowPrivate ?? [],
        refused: settings.refused?.() ?? [],
        resolveName: (hostname) => lookUp(hostname, { signal: either, own: request.lookups }),
      };
      try {
        // A name that resolves slowly cannot be aborted.
        return await abortable(follow(request, { policy, trusted: settings.trusted ?? [], signal: either }), either);
      } catch (error) {
        if (signal.aborted) return fail('canceled', 'The request was canceled.');
        if (timeout.aborted) return fail('timedOut', `${request.url} did not answer within ${request.timeoutMs} ms.`);
        throw error;
      }
    },
  };
}

interface Surroundings {
  readonly policy: AddressPolicy;
  readonly trusted: readonly string[];
  readonly signal: AbortSignal;
}

async function follow(
  request: EgressRequest,
  surroundings: Surroundings,
): Promise<Result<EgressResponse, EgressFailure>> {
  const { method, url, headers: given, body: sent, credentials = [] } = request;
  let next: Redirectable = { method, url, headers: given, body: sent, credentials };
  for (let redirectCount = 0; redirectCount <= MAX_REDIRECTS; redirectCount += 1) {
    const answer = await askOnce(request, next, surroundings);
    if (!answer.ok) return answer;
    const { status, headers, body, location } = answer.value;
    const following = redirected(next, status, location);
    if (following === undefined) return ok({ status, url: next.url, headers, body, redirectCount });
    next = following;
  }
  return fail('tooManyRedirects', `${request.url} redirects more than ${MAX_REDIRECTS} times.`);
}

async function askOnce(
  request: EgressRequest,
  step: Redirectable,
  { policy, trusted, signal }: Surroundings,
): Promise<Result<Exchange, EgressFailure>> {
  signal.throwIfAborted();
  const target = parseTarget(step.url, request.granted);
  if (!target.ok) return target;
  const addresses = await resolveTarget(target.value, policy);
  if (!addresses.ok) return addresses;
  signal.throwIfAborted();
  return await exchange({
    target: target.value,
    addresses: addresses.value,
    request: step,
    maxResponseBytes: request.maxResponseBytes,
    trusted,
    signal,
    onSent: request.onSent ?? (() => undefined),
    onReceived: request.onReceived ?? (() => true),
  });
}
