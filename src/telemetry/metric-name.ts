import {
  counter,
  FAST_SECONDS,
  gauge,
  histogram,
  SIZES,
  SLOW_SECONDS,
  type CONFIGURED_MODELS,
} from './describe-metric.ts';
import { GATEWAY_METRICS } from './gateway-metrics.ts';
import { MODEL_METRICS } from './model-metrics.ts';
import { SANDBOX_METRICS } from './sandbox-metrics.ts';

/** Every metric that the product has: name, unit, labels with all their values, buckets. The one list. */
export const METRICS = {
  executionsStarted: counter({ name: 'iceos_executions_started_total', help: 'Executions that began.', labels: {} }),
  executionsFinished: counter({
    name: 'iceos_executions_finished_total',
    help: 'Executions that ended, by how.',
    labels: { status: ['succeeded', 'failed', 'canceled'] },
  }),
  executionsFailed: counter({
    name: 'iceos_executions_failed_total',
    help:
      'Executions that failed, by who can mend it. Platform: the operator alone, as a worker, a tool, an agent or a model ' +
      'was not available, or an orchestrator crashed; user: whoever wrote the blueprint or its input.',
    labels: { cause: ['user', 'platform'] },
  }),
  databaseUp: gauge({
    name: 'iceos_database_up',
    help: 'Whether the database answered when the metrics were read: 1 or 0.',
    labels: {},
  }),
  oldestDue: gauge({
    name: 'iceos_oldest_due_execution_seconds',
    help:
      'For how long the execution that has waited longest for an orchestrator is due. The same in every process of a ' +
      'database.',
    labels: {},
  }),
  orchestratorsAlive: gauge({
    name: 'iceos_orchestrators_alive',
    help: 'Processes that carry executions forward, as the database knows them. The same in every process of a database.',
    labels: {},
  }),
  ledgerMismatches: gauge({
    name: 'iceos_ledger_mismatches',
    help:
      'Of the newest 1,000 budgets of executions that began within the last hour, those whose sum is not that of their rows ' +
      'in the ledger. The same in every process of a database.',
    labels: {},
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
  ...GATEWAY_METRICS,
  unexpectedErrors: counter({
    name: 'iceos_unexpected_errors_total',
    help: 'Bugs and broken infrastructure; each has a line with an errorId in the log.',
    labels: { part: ['gateway', 'orchestrator', 'live', 'store'] },
  }),
  ...MODEL_METRICS,
  ...SANDBOX_METRICS,
  leasesLost: counter({
    name: 'iceos_leases_lost_total',
    help: 'Executions that this process had to let go, as its heartbeat came too late.',
    labels: {},
  }),
  claimDelay: histogram(
    {
      name: 'iceos_claim_delay_seconds',
      help: 'From when an execution was due until an orchestrator took it, of those that waited for one.',
      labels: {},
    },
    SLOW_SECONDS,
  ),
  executionsClaimed: counter({
    name: 'iceos_executions_claimed_total',
    help: 'Executions that this process took over: found by the sweep, or rung for.',
    labels: { by: ['sweep', 'ring'] },
  }),
  eventLoopDelay: gauge({
    name: 'iceos_event_loop_delay_seconds',
    help: 'How late the event loop was since the last reading of the metrics.',
    labels: { percentile: ['50', '99', '100'] },
  }),
  eventLoopHolds: counter({
    name: 'iceos_event_loop_holds_total',
    help: 'Stretches of work that held the main thread for longer than ICEOS_EVENT_LOOP_LIMIT_MS.',
    labels: {},
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
  readonly [L in keyof (typeof METRICS)[K]['labels']]: ValueOf<(typeof METRICS)[K]['labels'][L]>;
};

/** Of a configured model any name will do: what is not known is counted as `other`. */
type ValueOf<L> = L extends typeof CONFIGURED_MODELS ? string : L extends readonly (infer V)[] ? V : never;
