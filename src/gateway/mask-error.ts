import { GraphQLError } from 'graphql';
import { IssuerUnavailableError } from './issuer-unavailable.ts';
import { refusal, type ProblemCode } from './problem.ts';
import { ForbiddenError } from '../use-cases/viewer.ts';

/** Turns whatever was thrown into what a client may see. */
export type MaskError = (error: unknown) => GraphQLError;

/** Bugs are reported once with an `errorId`, which is all that the client sees of them. */
export function createMaskError(deps: {
  readonly newId: () => string;
  readonly reportBug: (error: unknown, errorId: string) => void;
  /** Off: no "Did you mean", which would give the schema away name by name. */
  readonly suggestions: boolean;
}): MaskError {
  return (error) => {
    const located = error instanceof GraphQLError ? error : undefined;
    const cause = causeOf(error);
    if (cause === undefined && located !== undefined)
      return withCode(deps.suggestions ? located : withoutSuggestion(located));
    if (cause instanceof ForbiddenError) return seen(located, cause.message, { code: 'FORBIDDEN' });
    if (cause instanceof IssuerUnavailableError) return seen(located, cause.message, { code: 'UNAVAILABLE' });
    if (isUnavailable(cause)) {
      return seen(located, 'The database does not answer at the moment. Try again.', { code: 'UNAVAILABLE' });
    }
    const errorId = deps.newId();
    deps.reportBug(cause, errorId);
    return seen(located, `Something is wrong on our side. Quote the error ${errorId}.`, { code: 'INTERNAL', errorId });
  };
}

/** The code that a client sees of what was thrown, whether it is masked by now or not. */
export function codeSeen(error: unknown): unknown {
  const cause = causeOf(error);
  if (cause === undefined && error instanceof GraphQLError)
    return error.extensions['code'] ?? ('BAD_REQUEST' satisfies ProblemCode);
  if (cause instanceof ForbiddenError) return 'FORBIDDEN' satisfies ProblemCode;
  const isAway = cause instanceof IssuerUnavailableError || isUnavailable(cause);
  return (isAway ? 'UNAVAILABLE' : 'INTERNAL') satisfies ProblemCode;
}

/** What was thrown by code that is no GraphQL library: undefined when there is nothing of that sort. */
function causeOf(error: unknown): unknown {
  let one = error;
  while (one instanceof GraphQLError) {
    if (one.originalError === undefined) return undefined;
    one = one.originalError;
  }
  return one;
}

// By its code, as the gateway knows nothing of the store.
function isUnavailable(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && one.code === 'UNAVAILABLE') return true;
  }
  return false;
}

const seen = (
  located: GraphQLError | undefined,
  message: string,
  { code, ...extra }: { readonly code: ProblemCode; readonly errorId?: string },
): GraphQLError => {
  // What fails before or beside the fields fails the whole request.
  if (located?.path === undefined) return refusal(code, message, extra);
  const { nodes, path } = located;
  return new GraphQLError(message, { ...(nodes === undefined ? {} : { nodes }), path, extensions: { code, ...extra } });
};

/** What the GraphQL library itself refuses, such as a variable of the wrong type, has no code of its own. */
function withCode(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  if (extensions['code'] !== undefined) return error;
  const place = { ...(source && { source }), ...(positions && { positions }), ...(path && { path }) };
  const code: ProblemCode = 'BAD_REQUEST';
  return new GraphQLError(message, { ...(nodes && { nodes }), ...place, extensions: { code, ...extensions } });
}

function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean .*\?$/s, '');
  if (message === error.message) return error;
  return new GraphQLError(message, {
    ...(error.nodes === undefined ? {} : { nodes: error.nodes }),
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions: error.extensions,
  });
}
