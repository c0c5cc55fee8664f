import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS = [
  ...['accept', 'authorization', 'content-type', 'last-event-id', 'x-api-key'],
  ...['graphql-require-preflight', 'apollo-require-preflight', 'x-graphql-yoga-csrf', 'traceparent', 'tracestate'],
  ...['if-none-match', 'x-on-conflict', 'x-version-lock'],
].join(', ');
const ANSWER_HEADERS = [
  ...['retry-after', 'ratelimit-policy', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'x-stream-id'],
  ...['content-location', 'etag', 'link', 'location', 'www-authenticate', 'x-version-lock'],
].join(', ');
/** How long a browser need not ask again, in seconds; Chromium takes no more. */
const MAX_AGE_S = 7_200;

/**
 * Lets pages of the given origins read answers (fetch.spec.whatwg.org, CORS protocol); no credentials of the browser come
 * along, as keys are sent by the page itself. True: it was a preflight, which is answered.
 */
export function answerCrossOrigin(
  origins: ReadonlySet<string>,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (origins.size > 0) response.setHeader('vary', 'Origin');
  const { origin } = headers;
  if (origin !== undefined && origins.has(origin)) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', ANSWER_HEADERS);
  }
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  if (!isPreflight) return false;
  if (origin !== undefined && origins.has(origin)) {
    response.setHeader('access-control-allow-methods', METHODS);
    response.setHeader('access-control-allow-headers', REQUEST_HEADERS);
    response.setHeader('access-control-max-age', MAX_AGE_S);
  }
  response.writeHead(204).end();
  return true;
}
