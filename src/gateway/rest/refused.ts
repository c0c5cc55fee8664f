import type { GraphQLError } from 'graphql';
import { z } from 'zod';
import { STATUS } from '../problem.ts';

/** Codes of answers over plain HTTP with their status: those of GraphQL, and one for each expected error. */
export const PROBLEM_STATUS = {
  BAD_REQUEST: STATUS.BAD_REQUEST,
  UNAUTHENTICATED: STATUS.UNAUTHENTICATED,
  FORBIDDEN: STATUS.FORBIDDEN,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  NAME_TAKEN: 409,
  VERSION_CONFLICT: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INVALID_BLUEPRINT: 422,
  INVALID_INPUT: 422,
  VERSION_LOCK_REQUIRED: 428,
  RATE_LIMITED: STATUS.RATE_LIMITED,
  INTERNAL: STATUS.INTERNAL,
  UNAVAILABLE: STATUS.UNAVAILABLE,
  TIMEOUT: STATUS.TIMEOUT,
} as const;
export type HttpProblemCode = keyof typeof PROBLEM_STATUS;

/** What is refused as a whole is thrown, as everywhere in the gateway; one place turns it into an answer. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: HttpProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  /** Members of the problem beside those that each one has. */
  readonly members: object;
  constructor(
    code: HttpProblemCode,
    detail: string,
    { headers = {}, members = {} }: { headers?: Readonly<Record<string, string>>; members?: object } = {},
  ) {
    super(detail);
    this.code = code;
    this.headers = headers;
    this.members = members;
  }
}

const Extensions = z.object({
  code: z.enum(Object.keys(PROBLEM_STATUS) as HttpProblemCode[]).catch('BAD_REQUEST'), // keys of an object literal are its keys
  errorId: z.string().optional(),
  retryAfterMs: z.int().optional(),
  http: z.object({ headers: z.record(z.string(), z.string()).optional() }).optional(),
});

/** A masked error of the parts that GraphQL shares: authentication, limits, cursors, bugs. */
export function fromGraphQLError({ message, extensions }: GraphQLError): RefusedError {
  const { code, http, ...members } = Extensions.parse(extensions);
  return new RefusedError(code, message, { headers: http?.headers ?? {}, members });
}
