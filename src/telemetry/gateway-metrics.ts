import { counter, FAST_SECONDS, gauge, histogram } from './describe-metric.ts';

const type = ['query', 'mutation', 'subscription'] as const;

/** The metrics of what clients ask for. */
export const GATEWAY_METRICS = {
  operations: counter({
    name: 'iceos_operations_total',
    help:
      'Operations that ran, over GraphQL and plain HTTP; of a subscription its begin. Refused: the client was told why; ' +
      'unavailable: the database or an issuer did not answer; failed: a bug. Of type unread are those for which it could ' +
      'not be found out who asks.',
    labels: { type: [...type, 'unread'], outcome: ['succeeded', 'refused', 'unavailable', 'failed'] },
  }),
  operationDuration: histogram(
    {
      name: 'iceos_operation_duration_seconds',
      help: 'How long the execution of a query or a mutation took.',
      labels: { type: ['query', 'mutation'] },
    },
    FAST_SECONDS,
  ),
  rateLimited: counter({
    name: 'iceos_rate_limited_operations_total',
    help: 'Operations that were refused as their viewer asked for too much.',
    labels: {},
  }),
  failedAuthentications: counter({
    name: 'iceos_failed_authentications_total',
    help:
      'Requests and sockets that were refused as nobody knows who asks. Missing: no credential; invalid: unknown, expired, ' +
      'revoked or denied; limited: more than ICEOS_MAX_FAILED_AUTHENTICATIONS came from their address in a minute.',
    labels: { cause: ['missing', 'invalid', 'limited'] },
  }),
  refusedStreams: counter({
    name: 'iceos_streams_refused_total',
    help:
      'WebSockets and event streams that were refused as their process or their viewer had as many as ICEOS_MAX_SOCKETS, ' +
      'ICEOS_MAX_EVENT_STREAMS and their like allow.',
    labels: { transport: ['ws', 'sse'] },
  }),
  deliveryDelay: histogram(
    {
      name: 'iceos_delivery_delay_seconds',
      help:
        'From the instant that an event bears, which is just before its commit, to the end of the turn in which the message ' +
        'that tells of it goes to those who follow live: it is in their sockets then, unless they select what is looked up.',
      labels: {},
    },
    FAST_SECONDS,
  ),
  openSubscriptions: gauge({
    name: 'iceos_subscriptions_open',
    help: 'GraphQL subscriptions that are open now.',
    labels: { transport: ['ws', 'sse'] },
  }),
  laggedStreams: counter({
    name: 'iceos_streams_lagged_total',
    help: 'Streams that ended with StreamLagged, as their reader was too slow.',
    labels: {},
  }),
  versionConflicts: counter({
    name: 'iceos_version_conflicts_total',
    help: 'Changes of a blueprint that came with a stale version, by what became of them.',
    labels: { outcome: ['rejected', 'merged'] },
  }),
} as const;
