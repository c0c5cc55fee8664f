import { createServer } from 'node:http';
import { answer, answerHealth, hidesBehindName, type HealthDeps } from './health.ts';
import { listen, urlOf } from './listener.ts';
import { createListenerRules } from './listener-rules.ts';
import type { Gateway, GatewayDeps, GatewaySettings } from './server.ts';

interface HealthListenerDeps extends HealthDeps, Pick<GatewayDeps, 'newId' | 'reportBug'> {
  readonly settings: Pick<GatewaySettings, 'host' | 'port' | 'allowedHosts' | 'allowedOrigins'>;
}

/** One that waits longer for the end of its request is no probe. */
const MAX_REQUEST_MS = 10_000;
/** A cluster and a few scrapers. */
const MAX_CONNECTIONS = 100;

/** The listener of a process that serves no clients: the two probes and the metrics, and nothing else. */
export function createHealthListener({ settings, newId, reportBug, ...health }: HealthListenerDeps): Gateway {
  const rules = createListenerRules(settings);
  const server = createServer(
    { requestTimeout: MAX_REQUEST_MS, headersTimeout: MAX_REQUEST_MS },
    (request, response) => {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      if (hidesBehindName(rules, { path, request, response })) return;
      answerHealth(health, { path, request, response }).then(
        (isAnswered) => {
          if (isAnswered) return;
          const text =
            'This process carries executions forward (ICEOS_ROLE=orchestrator): only /healthz, /readyz and /metrics are here.\n';
          answer(response, { status: 404, text });
        },
        (error: unknown) => {
          reportBug(error, newId());
          response.destroy();
        },
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  let closing: Promise<void> | undefined;
  return {
    start: () => (server.listening ? Promise.resolve() : listen(server, settings)),
    close: () =>
      (closing ??= new Promise((resolve) => {
        if (server.listening) server.close(() => resolve());
        else resolve();
        server.closeAllConnections();
      })),
    get url() {
      return urlOf(server);
    },
  };
}
