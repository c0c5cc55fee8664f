import { APICallError } from '@ai-sdk/provider';
import { SECOND_MS } from '../core/units.ts';
import { AnswerTooLargeError } from '../egress/origin-fetch.ts';
import type { ModelFailure } from './provider.ts';

const MOST_MESSAGE = 500;
const MOST_CAUSES = 8;

/** What is known of a call that failed. */
export interface FailedCall {
  /** By whoever waits for it, or by its time. */
  readonly aborted: boolean;
  /** The request went out and was not refused. */
  readonly sent: boolean;
  /** The provider had begun to answer; what the SDK then says of a status is not the provider's. */
  readonly began: boolean;
  readonly now: Date;
}

/** Whatever a call of the AI SDK throws or streams as an error. */
export function toFailure(error: unknown, { aborted, sent, began, now }: FailedCall): ModelFailure {
  // Whatever an aborted connection threw: it was ours. Nobody knows how far the provider came.
  if (aborted)
    return { reason: 'canceled', message: 'The call was canceled.', retryable: false, mayBeBilled: sent || began };
  if (!began && APICallError.isInstance(error)) return ofStatus(error, { sent, now });
  const chain = causes(error);
  const tooLarge = chain.find((cause) => cause instanceof AnswerTooLargeError);
  if (tooLarge !== undefined) return { ...malformed(`${tooLarge.message} Ask for less at once.`), retryable: false };
  const unreadable = chain.find(isUnreadable);
  if (unreadable !== undefined) return malformed(`The answer cannot be read: ${shorten(unreadable.message)}`);
  const message = shorten(chain.at(-1)?.message ?? String(error));
  return unavailable(`${began ? 'The answer was cut off' : NOT_REACHED}: ${message}`, began);
}

/** An answer that was given, and of which nothing can be made. */
export const malformed = (message: string): ModelFailure => ({
  reason: 'malformed',
  message,
  retryable: true,
  mayBeBilled: true,
});

const NOT_REACHED = 'The provider was not reached';

const unavailable = (message: string, mayBeBilled: boolean): ModelFailure => ({
  reason: 'unavailable',
  message,
  retryable: true,
  mayBeBilled,
});

function ofStatus(error: APICallError, { sent, now }: Pick<FailedCall, 'sent' | 'now'>): ModelFailure {
  const { statusCode: status } = error;
  const message = shorten(error.message);
  if (status === undefined) {
    const chain = causes(error);
    if (chain.some((cause) => cause.message === BLOCKED_PORT))
      return { reason: 'refused', message: PORT_REFUSED, retryable: false, mayBeBilled: false };
    const isLost = sent && !chain.some(({ code }) => NOT_SENT.test(String(code)));
    return unavailable(`${isLost ? 'The connection was lost before an answer' : NOT_REACHED}: ${message}`, isLost);
  }
  const retryAfterMs = retryAfter(error.responseHeaders ?? {}, now);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const said = `The provider answered ${status}: ${message}`;
  if (status === 429) return { reason: 'rateLimited', message: said, retryable: true, mayBeBilled: false, ...wait };
  // 408 and 409 are of the moment; 529 is how one provider says that it is overloaded.
  if (status === 408 || status === 409 || status >= 500) return { ...unavailable(said, GIVEN_UP.has(status)), ...wait };
  return { reason: 'refused', message: said, retryable: false, mayBeBilled: false };
}

/** Of whoever stands between: the model may have gone on. */
const GIVEN_UP: ReadonlySet<number> = new Set([408, 502, 504, 524]);

/** Errors before there was a connection. After all others the request may have come through. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|.*CERT.*|UNABLE_TO_.*|ERR_TLS_.*)$/;

/** What fetch says of the ports that it never calls (https://fetch.spec.whatwg.org/#port-blocking). */
const BLOCKED_PORT = 'bad port';
const PORT_REFUSED =
  'Nothing was sent: the port of "baseUrl" is one that is reserved for another protocol, and fetch calls none of those. Let the provider listen on another.';

interface Cause extends Error {
  readonly code?: unknown;
}

/** The error and what it was made of, outermost first: the SDK wraps what goes wrong in an answer. */
function causes(error: unknown): readonly Cause[] {
  const chain: Cause[] = [];
  for (let at = error; at instanceof Error && chain.length < MOST_CAUSES; at = at.cause) chain.push(at);
  return chain;
}

/**
 * `retry-after-ms` (OpenAI, Azure), else `retry-after` in seconds or as a date (RFC 9110, section 10.2.3), in milliseconds.
 */
export function retryAfter(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const ms = headers['retry-after-ms'];
  const after = headers['retry-after'];
  const wait =
    ms !== undefined
      ? Number(ms)
      : after === undefined
        ? Number.NaN
        : /^\s*\d/.test(after) && !/[a-z]/i.test(after)
          ? Number(after) * SECOND_MS
          : Date.parse(after) - now.getTime();
  return Number.isFinite(wait) && wait >= 0 ? Math.ceil(wait) : undefined;
}

/** By name, and by the words of one provider that wraps them once more. */
const isUnreadable = ({ name, message }: Error): boolean =>
  /^AI_(JSONParse|TypeValidation|InvalidResponseData)Error$/.test(name) ||
  /^(JSON parsing|Type validation) failed/.test(message);

const shorten = (text: string): string => (text.length <= MOST_MESSAGE ? text : `${text.slice(0, MOST_MESSAGE)}...`);
