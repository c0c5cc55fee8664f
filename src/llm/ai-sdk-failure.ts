import { APICallError } from '@ai-sdk/provider';
import { SECOND_MS } from '../core/units.ts';
import type { ModelFailure } from './provider.ts';

/** More is no reason to wait: the caller's own delay is as good. */
const MOST_RETRY_AFTER_MS = 60 * SECOND_MS;
const MOST_MESSAGE = 500;

/**
 * Whatever a call of the AI SDK throws or streams as an error. `began`: the provider had begun to answer; what the SDK then says
 * of a status is not the provider's.
 */
export function toFailure(
  error: unknown,
  { began, now }: { readonly began: boolean; readonly now: Date },
): ModelFailure {
  if (!began && APICallError.isInstance(error)) return ofStatus(error, now);
  const message = shorten(error instanceof Error ? error.message : String(error));
  const common = { retryable: true, mayBeBilled: began };
  if (isUnreadable(error)) return { reason: 'malformed', message: `The answer cannot be read: ${message}`, ...common };
  const what = began ? 'The answer was cut off' : 'The provider was not reached';
  return { reason: 'unavailable', message: `${what}: ${message}`, ...common };
}

function ofStatus(error: APICallError, now: Date): ModelFailure {
  const { statusCode: status } = error;
  const message = shorten(error.message);
  if (status === undefined)
    return {
      reason: 'unavailable',
      message: `The provider was not reached: ${message}`,
      retryable: true,
      mayBeBilled: false,
    };
  const retryAfterMs = retryAfter(error.responseHeaders ?? {}, now);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const said = `The provider answered ${status}: ${message}`;
  if (status === 429) return { reason: 'rateLimited', message: said, retryable: true, mayBeBilled: false, ...wait };
  // 408 and 409 are of the moment; 529 is how one provider says that it is overloaded.
  if (status === 408 || status === 409 || status >= 500)
    return { reason: 'unavailable', message: said, retryable: true, mayBeBilled: false, ...wait };
  return { reason: 'refused', message: said, retryable: false, mayBeBilled: false };
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
  return Number.isFinite(wait) && wait >= 0 && wait <= MOST_RETRY_AFTER_MS ? Math.ceil(wait) : undefined;
}

/** By name, and by the words of one provider that wraps them once more. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof Error &&
  (/^AI_(JSONParse|TypeValidation|InvalidResponseData)Error$/.test(error.name) ||
    /^(JSON parsing|Type validation) failed/.test(error.message));

const shorten = (text: string): string => (text.length <= MOST_MESSAGE ? text : `${text.slice(0, MOST_MESSAGE)}...`);
