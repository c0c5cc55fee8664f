import { counter, FAST_SECONDS, gauge, histogram, SIZES, SLOW_SECONDS } from './describe-metric.ts';
import { SANDBOX_METRICS } from './sandbox-metrics.ts';

/** Every metric that the product has: name, unit, labels with all their values, buckets. The one list. */
export const METRICS = {
  executionsStarted: counter({ name: 'iceos_executions_started_total', help: 'Executions that began.', labels: {} }),
  executionsFinished: counter({
    name: 'iceos_executions_finished_total',
    help: 'Executions that ended, by how.',
    labels: { status: ['succeeded', 'failed', 'canceled'] },
  }),
  executionsRunning: gauge({
    name: 'iceos_executions_running',
    help: 'Executions that this process carries forward now.',
    labels: {},
  }),
  executionDuration: histogram(
    {
      name: 'iceos_execution_duration_seconds',
      help: 'From the request to the end.',
      labels: { status: ['succeeded', 'failed', 'canceled'] },
    },
    SLOW_SECONDS,
  ),
  attempts: counter({
    name: 'iceos_attempts_total',
    help: 'Attempts that ended. Sandboxed: tool and code nodes; inProcess: the kinds without effects.',
    labels: { kind: ['sandboxed', 'model', 'inProcess'], outcome: ['succeeded', 'failed', 'abandoned', 'canceled'] },
  }),
  attemptDuration: histogram(
    {
      name: 'iceos_attempt_duration_seconds',
      help: 'How long an attempt ran.',
      labels: { kind: ['sandboxed', 'model', 'inProcess'] },
    },
    FAST_SECONDS,
  ),
  nodesSkipped: counter({
    name: 'iceos_nodes_skipped_total',
    help: 'Nodes that did not run, by why.',
    labels: { cause: ['conditionFalse', 'dependencySkipped', 'fallbackNotNeeded'] },
  }),
  cancelRequests: counter({
    name: 'iceos_cancel_requests_total',
    help: 'Requests to cancel that were recorded.',
    labels: {},
  }),
  executionsPaused: counter({
    name: 'iceos_executions_paused_total',
    help: 'Pauses that began, by why.',
    labels: { cause: ['requested', 'budgetSoftLimit'] },
  }),
  batchExecutions: histogram(
    { name: 'iceos_batch_executions', help: 'Executions in one commit of the journal.', labels: {} },
    SIZES,
  ),
  batchEvents: histogram(
    { name: 'iceos_batch_events', help: 'Events in one commit of the journal.', labels: {} },
    SIZES,
  ),
  batchDuration: histogram(
    { name: 'iceos_batch_duration_seconds', help: 'How long one commit of the journal took.', labels: {} },
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
  unexpectedErrors: counter({
    name: 'iceos_unexpected_errors_total',
    help: 'Bugs and broken infrastructure; each has a line with an errorId in the log.',
    labels: { part: ['gateway', 'orchestrator', 'live', 'store'] },
  }),
  memoryOperations: counter({
    name: 'iceos_memory_operations_total',
    help: 'Reads and writes of what agents remember.',
    labels: { kind: ['working', 'episodic', 'semantic'], operation: ['read', 'write'] },
  }),
  memoryTokens: counter({
    name: 'iceos_memory_tokens_total',
    help: 'Tokens of what was found in memory or written into it, with those of the questions.',
    labels: { kind: ['working', 'episodic', 'semantic'], operation: ['read', 'write'] },
  }),
  ...SANDBOX_METRICS,
  leasesLost: counter({
    name: 'iceos_leases_lost_total',
    help: 'Executions that this process had to let go, as its heartbeat came too late.',
    labels: {},
  }),
  executionsClaimed: counter({
    name: 'iceos_executions_claimed_total',
    help: 'Executions that this process took over: found by the sweep, or rung for.',
    labels: { by: ['sweep', 'ring'] },
  }),
  eventLoopDelay: gauge({
    name: 'iceos_event_loop_delay_seconds',
    help: 'How late the event loop was since the last reading of the metrics.',
    labels: { quantile: ['0.5', '0.99', '1'] },
  }),
  residentMemory: gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of this process.',
    labels: {},
  }),
  processCpu: gauge({
    name: 'process_cpu_seconds',
    help: 'Processor time of this process since its start, user and system.',
    labels: {},
  }),
} as const;

export type MetricName = keyof typeof METRICS;
type NamesOf<T extends string> = { [K in MetricName]: (typeof METRICS)[K]['type'] extends T ? K : never }[MetricName];
export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;

/** The labels of a metric, each with one of its values. */
export type LabelsOf<K extends MetricName> = {
  readonly [L in keyof (typeof METRICS)[K]['labels']]: (typeof METRICS)[K]['labels'][L] extends readonly (infer V)[]
    ? V
    : never;
};
