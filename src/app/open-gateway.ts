import { SECOND_MS } from '../core/units.ts';
import { DEFAULT_OPERATION_LIMITS } from '../gateway/admit.ts';
import type { UseCases } from '../gateway/context.ts';
import type { HealthDeps } from '../gateway/health.ts';
import { createHealthListener } from '../gateway/health-listener.ts';
import { createGateway } from '../gateway/server.ts';
import type { Gateway } from '../gateway/server.ts';
import { openAuthenticate } from './open-authenticate.ts';
import { readTrustedDocuments } from './read-trusted-documents.ts';
import type { Shared } from './shared.ts';

/** What the operator's tools are told of this process. */
const healthOf = ({ metrics, store }: Pick<Shared, 'metrics' | 'store'>): Omit<HealthDeps, 'metricsToken'> => ({
  renderMetrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
  async findUnreadiness() {
    try {
      await store.database.ping();
      return undefined;
    } catch {
      return 'The database does not answer.';
    }
  },
});

/** The listener of a process that serves no clients, for probes and scrapers alone. */
export const openHealthListener = ({ config, newId, observers, ...shared }: Shared): Gateway =>
  createHealthListener({
    ...healthOf(shared),
    settings: config,
    metricsToken: config.metricsToken,
    newId,
    reportBug: observers.reportBug,
  });

/** The listener of this process, for clients and for the operator's tools. */
export async function openGateway({
  config,
  clock,
  metrics,
  newId,
  observers,
  store,
  tracing,
  useCases,
}: Shared & { readonly useCases: UseCases }): Promise<Gateway> {
  const { maxDepth, maxPageSize, maxComplexity, introspection } = config;
  return createGateway({
    settings: {
      ...config,
      sockets: config,
      eventStreams: config,
      rateLimits: new Map(config.rateLimits),
      trustedDocuments: await readTrustedDocuments(config.trustedDocumentsFile),
      limits: { ...DEFAULT_OPERATION_LIMITS, maxDepth, maxPageSize, maxComplexity, introspection },
    },
    useCases,
    tracing,
    ...(await openAuthenticate({ config, clock, store })),
    newId,
    limiterQuery: config.rateLimitStore === 'database' ? store.database.across('limitRates').query : undefined,
    reportBug: observers.reportBug,
    observer: {
      onOperation({ type, outcome, ms }) {
        metrics.add('operations', { type, outcome });
        if (ms !== undefined && (type === 'query' || type === 'mutation'))
          metrics.observe('operationDuration', { type }, ms / SECOND_MS);
      },
      onRateLimited: () => metrics.add('rateLimited', {}),
      onFailedAuthentication: (cause) => metrics.add('failedAuthentications', { cause }),
      onRefusedStream: (transport) => metrics.add('refusedStreams', { transport }),
    },
    onSubscription: (change, transport) => metrics.shift('openSubscriptions', { transport }, change),
    ...healthOf({ metrics, store }),
  });
}
