import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenDocuments } from './open-subscriptions.ts';
import { isLoopbackPeer, type ListenerRules } from './listener-rules.ts';

/** What the operator's tools ask for; handed in, as the gateway knows neither the store nor the metrics. */
export interface HealthDeps {
  /** Why requests cannot be served at the moment, or undefined: database reachable, migrations done. */
  readonly findUnreadiness: () => Promise<string | undefined>;
  readonly renderMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Documents of the subscriptions that are open in this process; absent where it serves no clients. */
  readonly listSubscriptions?: () => OpenDocuments;
  /** Without it `/metrics` and `/subscriptions` answer to this machine only. */
  readonly metricsToken: string | undefined;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Writes a whole answer. */
export function answer(
  response: ServerResponse,
  { status, type = 'text/plain; charset=utf-8', text }: { status: number; type?: string; text: string },
): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

interface Asked {
  /** Without the query. */
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answered whatever the Host header says: probes of a cluster come with the address of the machine. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Refuses what is asked under a name that is not this server's; false: it is ours to answer. */
export function hidesBehindName(rules: ListenerRules, { path, request, response }: Asked): boolean {
  if (PROBES.has(path) || rules.isOurHost(request)) return false;
  const text = `This server does not go by the name in your Host header. Its operator can add it to ICEOS_ALLOWED_HOSTS.\n`;
  answer(response, { status: 421, text });
  return true;
}

/** Answers `/healthz`, `/readyz`, `/metrics` and `/subscriptions`; false: the path is none of these. */
export async function answerHealth(deps: HealthDeps, { path, request, response }: Asked): Promise<boolean> {
  switch (path) {
    case '/healthz':
      answer(response, { status: 200, type: JSON_TYPE, text: '{"status":"alive"}\n' });
      return true;
    case '/readyz':
      await answerReady(deps, response);
      return true;
    case '/metrics':
      if (mayRead(deps, request)) await answerMetrics(deps, response);
      else refuseReader(response);
      return true;
    case '/subscriptions':
      if (deps.listSubscriptions === undefined) return false;
      if (mayRead(deps, request)) answerSubscriptions(deps.listSubscriptions(), response);
      else refuseReader(response);
      return true;
    default:
      return false;
  }
}

async function answerReady(deps: HealthDeps, response: ServerResponse): Promise<void> {
  const reason = await deps.findUnreadiness();
  const text = JSON.stringify(reason === undefined ? { status: 'ready' } : { status: 'notReady', reason });
  answer(response, { status: reason === undefined ? 200 : 503, type: JSON_TYPE, text: `${text}\n` });
}

function refuseReader(response: ServerResponse): void {
  const text = 'This is for this machine, or for "Authorization: Bearer" with ICEOS_METRICS_TOKEN.\n';
  answer(response, { status: 403, text });
}

function answerSubscriptions({ documents, leftOut }: OpenDocuments, response: ServerResponse): void {
  response.setHeader('x-left-out', leftOut);
  answer(response, { status: 200, type: JSON_TYPE, text: `${JSON.stringify(documents, undefined, 2)}\n` });
}

async function answerMetrics(deps: HealthDeps, response: ServerResponse): Promise<void> {
  const { contentType, text } = await deps.renderMetrics();
  answer(response, { status: 200, type: contentType, text });
}

function mayRead({ metricsToken }: HealthDeps, { headers, socket }: IncomingMessage): boolean {
  if (metricsToken === undefined) return isLoopbackPeer(socket.remoteAddress);
  // Compared by digest, so that neither length nor content shows in the time it takes.
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${metricsToken}`));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
