import { GraphQLError } from 'graphql';

/** Codes of `errors[].extensions.code`: what is no expected error of one field, but concerns the request as a whole. */
export const PROBLEM_STATUS = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_REQUEST: 400,
  UNAVAILABLE: 503,
  INTERNAL: 500,
} as const;
export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** An error that clients see as it is, with a code to act on. */
export const problem = (code: ProblemCode, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } });

/** The request itself is wrong: a bad cursor, a page that is too large. */
export const badRequest = (message: string): GraphQLError => problem('BAD_REQUEST', message);
