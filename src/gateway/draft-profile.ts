import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { jsonWanted, parseAccept } from './media-types.ts';
import { withoutHttp } from './problem.ts';

/** How answers over HTTP are marked: as all clients know it, or by the text that is to become the standard. */
export type HttpProfile = 'default' | 'draft';

const OK = 200;
const PARTIAL_SUCCESS = 294;
const BAD_REQUEST = 400;
const UNPROCESSABLE = 422;
const PARAMETERS = new Set(['query', 'operationName', 'variables', 'extensions']);
const GRAPHQL_RESPONSE = 'application/graphql-response+json';

/**
 * GraphQL over HTTP of September 2026 (http-spec.graphql.org): 294 where fields failed, 422 for requests that are whole but
 * cannot be carried out, and the status alone for clients that know only `application/json`.
 */
export function draftProfile(): Plugin {
  const legacy = new WeakSet<Request>();
  return {
    onParams({ params, setParams }) {
      // What is no object is refused behind this.
      if (typeof params !== 'object' || Array.isArray(params)) return;
      setParams(Object.fromEntries(Object.entries(params).filter(([name]) => PARAMETERS.has(name))));
    },
    onResultProcess({ request, result, setResult, resultProcessor, setResultProcessor }) {
      const wanted = jsonWanted(parseAccept(request.headers.get('accept') ?? '*/*'));
      if (wanted === undefined || resultProcessor === undefined || !isSingle(result)) return;
      if (wanted === 'legacy') legacy.add(request);
      setResult(withStatus(result));
      setResultProcessor(resultProcessor, GRAPHQL_RESPONSE);
    },
    onResponse({ request, response }) {
      if (response.ok && legacy.has(request)) response.headers.set('content-type', 'application/json; charset=utf-8');
    },
  };
}

const isSingle = (result: unknown): result is ExecutionResult =>
  typeof result === 'object' && result !== null && !Array.isArray(result) && !(Symbol.asyncIterator in result);

/** Yoga reads status and headers in `extensions.http`, and leaves it out of the body. */
function withStatus(result: ExecutionResult): ExecutionResult {
  const { errors = [], extensions } = result;
  const headers = Object.fromEntries(errors.flatMap((error) => Object.entries(httpOf(error).headers ?? {})));
  return {
    ...result,
    ...(errors.length === 0 ? {} : { errors: errors.map(withoutHttp) }),
    extensions: { ...extensions, http: { status: statusOf(result), headers } },
  };
}

function statusOf(result: ExecutionResult): number {
  const { errors = [] } = result;
  if ('data' in result) return errors.length === 0 ? OK : PARTIAL_SUCCESS;
  const status = Math.max(BAD_REQUEST, ...errors.map((error) => httpOf(error).status ?? BAD_REQUEST));
  return status > BAD_REQUEST || errors.some(isUnreadable) ? status : UNPROCESSABLE;
}

/** No GraphQL, or a body that is no JSON: of that alone yoga tells what the parser said. */
const isUnreadable = ({ extensions }: GraphQLError): boolean =>
  extensions['code'] === 'GRAPHQL_PARSE_FAILED' || extensions['originalError'] !== undefined;

const httpOf = ({ extensions }: GraphQLError) => extensions.http ?? {};
