import { GraphQLError } from 'graphql';
import { SECOND_MS } from '../core/units.ts';

/** What concerns the request as a whole is no expected error of one field: it has a code in `errors[].extensions`. */
export const STATUS = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  /** As clients of persisted queries know it. */
  PERSISTED_QUERY_NOT_FOUND: 200,
  RATE_LIMITED: 429,
  TIMEOUT: 504,
  UNAVAILABLE: 503,
  INTERNAL: 500,
} as const;
export type ProblemCode = keyof typeof STATUS;

/** An error in one field that clients see as it is; the other fields keep their answers. */
export const problem = (code: ProblemCode, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } });

/** An argument of one field is wrong: a bad cursor, a page that is too large. */
export const badRequest = (message: string): GraphQLError => problem('BAD_REQUEST', message);

/** The whole request is refused; over HTTP with the status of its code. */
export const refusal = (
  code: ProblemCode,
  message: string,
  extra: { readonly errorId?: string; readonly retryAfterMs?: number } = {},
  headers?: Record<string, string>,
): GraphQLError =>
  new GraphQLError(message, {
    extensions: { code, ...extra, http: { status: STATUS[code], ...(headers && { headers }) } },
  });

/** Something came too often; over HTTP with how long to wait. */
export const limited = (message: string, waitMs: number): GraphQLError => {
  const retryAfterMs = Math.max(Math.ceil(waitMs), 1);
  const headers = { 'retry-after': String(Math.ceil(retryAfterMs / SECOND_MS)) };
  return refusal('RATE_LIMITED', `${message} Wait ${retryAfterMs} ms.`, { retryAfterMs }, headers);
};

/** Without the status and headers of an HTTP answer: a socket has none to set, and an answer says its own once. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  const { http, ...extensions } = error.extensions;
  if (http === undefined) return error;
  return new GraphQLError(error.message, {
    ...(error.nodes === undefined ? {} : { nodes: error.nodes }),
    ...(error.source === undefined ? {} : { source: error.source }),
    ...(error.positions === undefined ? {} : { positions: error.positions }),
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions,
  });
}
