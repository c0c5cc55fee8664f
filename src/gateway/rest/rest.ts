import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenSpan, Tracing } from '../../telemetry/tracing.ts';
import type { Viewer } from '../../use-cases/viewer.ts';
import { weightOf } from '../complexity.ts';
import type { UseCases } from '../context.ts';
import { standingHeaders } from '../cost-report.ts';
import { credentialOf } from '../credential.ts';
import type { MaskError } from '../mask-error.ts';
import { outcomeSeen, type OperationObserver } from '../observe-operations.ts';
import { timedOut } from '../operation-timeout.ts';
import { refusedBy, type OnRefusal } from '../refusals.ts';
import type { RateLimits, Taken } from '../rate-limits.ts';
import type { RequireSession } from '../require-session.ts';
import { problemAnswer, type Answer } from './answer.ts';
import { readBody } from './body.ts';
import { findRoute } from './find-route.ts';
import { fromGraphQLError, RefusedError } from './refused.ts';
import type { Call, Route } from './route.ts';
import { assertNew, expectedVersionOf, onConflictOf, refuseOtherLocks } from './version-lock.ts';

export interface RestDeps {
  readonly schema: GraphQLSchema;
  readonly useCases: Pick<UseCases, 'blueprints'>;
  readonly requireSession: RequireSession;
  readonly rateLimits: RateLimits;
  readonly onRefusal: OnRefusal;
  readonly observer: OperationObserver;
  readonly maskError: MaskError;
  /** Undefined: nobody collects traces. */
  readonly tracing?: Tracing | undefined;
  readonly maxBodyBytes: number;
  /** From the moment that the viewer is known, the body's way included. */
  readonly operationTimeoutMs: number;
}

/** Answers what is below `/api/v1`: the same use cases, credentials, scopes and limits as GraphQL, for scripts. */
export type Rest = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createRest(deps: RestDeps): Rest {
  return async (request, response) => {
    const told: Record<string, string> = {};
    const answer = await respond(deps, request, told).catch((error: unknown) => {
      const refused = error instanceof RefusedError ? error : fromGraphQLError(deps.maskError(error));
      return problemAnswer(refused);
    });
    send(response, { ...answer, headers: { ...told, ...answer.headers } });
  };
}

async function respond(deps: RestDeps, request: IncomingMessage, told: Record<string, string>): Promise<Answer> {
  const [path = '/', query = ''] = splitOnce(request.url ?? '/');
  const found = findRoute(request.method, path);
  if (found.type === 'options') {
    const { allow, acceptPatch } = found;
    return { status: 204, headers: { allow, ...(acceptPatch !== undefined && { 'accept-patch': acceptPatch }) } };
  }
  const { route, id } = found;
  const credential = credentialOf((name) => request.headers[name]?.toString());
  const { viewer } = await deps.requireSession(request, credential);
  const startedAt = performance.now();
  const span = openSpan(deps, request, route);
  const tell = (errors: readonly unknown[]): void => {
    const type = route.method === 'GET' ? 'query' : 'mutation';
    const outcome = outcomeSeen(errors);
    deps.observer.onOperation({ type, outcome, ms: performance.now() - startedAt });
    span?.end(outcome);
  };
  const work = (): Promise<Answer> => answerOf(deps, { request, query, route, id, viewer }, told);
  try {
    const answer = await (span === undefined ? work() : span.run(work));
    tell([]);
    return answer;
  } catch (error) {
    // What it was told to do differently is refused, as a field is.
    const cause =
      error instanceof RefusedError ? new GraphQLError(error.message, { extensions: { code: error.code } }) : error;
    tell([cause]);
    const code = refusedBy(error);
    const fields = route.rootField === undefined ? [] : [route.rootField];
    if (code !== undefined) await deps.onRefusal(viewer, { code, fields });
    throw error;
  }
}

/** Named by the route, which has no ID in it. */
function openSpan({ tracing }: RestDeps, { headers }: IncomingMessage, { method, path }: Route): OpenSpan | undefined {
  const attributes = { 'http.request.method': method, 'http.route': path };
  return tracing?.open(`${method} ${path}`, { kind: 'server', parent: headers['traceparent']?.toString(), attributes });
}

interface Asked {
  readonly request: IncomingMessage;
  readonly query: string;
  readonly route: Route;
  readonly id: string;
  readonly viewer: Viewer;
}

async function answerOf(
  deps: RestDeps,
  { request, query, route, id, viewer }: Asked,
  told: Record<string, string>,
): Promise<Answer> {
  const taken = await take(deps, viewer, route);
  let answer: Answer | undefined;
  try {
    const { blueprints } = deps.useCases;
    const asked = { ...{ viewer, blueprints, id }, query: new URLSearchParams(query), headers: request.headers };
    answer = await inTime(perform(deps, { request, route, asked }), deps.operationTimeoutMs);
    return answer;
  } finally {
    // What the answer has not in it is given back, also when there is none.
    const actual = Math.min(taken.fixed + Math.max(answer?.objects ?? 1, 1), taken.requested);
    Object.assign(told, standingHeaders(await deps.rateLimits.refund(taken, actual)));
  }
}

async function take({ schema, rateLimits }: RestDeps, ...[viewer, route]: [Taken['viewer'], Route]): Promise<Taken> {
  const rootFields = route.rootField === undefined ? [] : [route.rootField];
  const fixed = weightOf(schema, rootFields);
  const taken = await rateLimits.take(viewer, { complexity: fixed + (route.maxObjects ?? 1), fixed, rootFields });
  if (!taken.ok) throw taken.error;
  return taken.value;
}

/** The headers first: what they refuse, no body is read for. */
async function perform(
  { maxBodyBytes }: RestDeps,
  {
    request,
    route,
    asked,
  }: {
    readonly request: IncomingMessage;
    readonly route: Route;
    readonly asked: Omit<Call, 'body' | 'onConflict'>;
  },
): Promise<Answer> {
  const { headers } = request;
  refuseOtherLocks(headers, route.method === 'GET');
  refuseParameters(route, asked.query);
  const onConflict = onConflictOf(headers, route.mayMerge ?? false);
  const expectedVersion = route.lock === 'version' ? expectedVersionOf(headers) : 0;
  if (route.lock === 'new') assertNew(headers);
  const body = route.body === undefined ? '' : await readBody(request, route.body, maxBodyBytes);
  const call: Call = { ...asked, body, onConflict };
  return route.lock === 'version' ? route.answer({ ...call, expectedVersion }) : route.answer(call);
}

function refuseParameters({ query: known }: Route, query: URLSearchParams): void {
  const names = Object.keys(known?.shape ?? {});
  const unknown = [...query.keys()].find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const right = names.length === 0 ? 'none are' : `${names.join(', ')} are`;
  throw new RefusedError('BAD_REQUEST', `There is no parameter "${unknown.slice(0, 40)}" here; ${right} known.`);
}

async function inTime(answer: Promise<Answer>, timeoutMs: number): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const { vary, ...others } = headers;
  // Beside what the rules of other origins have said.
  if (vary !== undefined) response.appendHeader('vary', vary);
  const about = body && { 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) };
  response.writeHead(status, { ...others, ...about }).end(body?.text);
}

function splitOnce(url: string): readonly string[] {
  const at = url.indexOf('?');
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}
