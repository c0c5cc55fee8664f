import type { Example } from './alert-example.ts';
import { atMost, count, rate, series } from './promql.ts';

/** What users may rely on, as a share of events that are good over 30 days. */
export interface Objective {
  /** The label `objective` of its rules. */
  readonly key: string;
  readonly title: string;
  /** 0 to 1. */
  readonly target: number;
  /** PromQL: how many events a second were bad, and how many there were, over a window such as `5m`. */
  readonly bad: (window: string) => string;
  readonly all: (window: string) => string;
  readonly meaning: string;
  /** What whoever is called looks at first. */
  readonly steps: readonly string[];
  readonly examples: Pick<Example, 'fault' | 'health'>;
}

/** Each two minutes, of ten events so many. Windows that are longer than these hours see what there is. */
const each = (ofTen: number): string => `0+${ofTen}x240`;

const DELIVERED_WITHIN_S = 0.25;
const CLAIMED_WITHIN_S = 5;

const late = (all: string, inTime: string): string => `${all} - ${inTime}`;

/** The service level objectives. Each has a burn-rate alert at four speeds. */
export const OBJECTIVES: readonly Objective[] = [
  {
    key: 'operations',
    title: 'Operations without a bug or an outage',
    target: 0.999,
    bad: (window) => rate(series('operations', { outcome: ['failed', 'unavailable'] }), window),
    all: (window) => rate(series('operations'), window),
    meaning: 'Clients are answered with INTERNAL, UNAVAILABLE or TIMEOUT.',
    steps: [
      'Look at `iceos_unexpected_errors_total` by part, and in the log for lines with an `errorId`: each is one bug, with its stack.',
      'If `iceos_database_up` is 0, the database does not answer: see [IceosDatabaseDown](IceosDatabaseDown.md).',
      'If TIMEOUT prevails, look at the duration of operations by type, at the load of the database, and at `iceos_event_loop_delay_seconds`.',
    ],
    examples: {
      fault: [
        [series('operations', { type: 'query', outcome: 'failed' }), each(2)],
        [series('operations', { type: 'query', outcome: 'succeeded' }), each(8)],
      ],
      health: [
        [series('operations', { type: 'query', outcome: 'failed' }), each(0)],
        [series('operations', { type: 'query', outcome: 'succeeded' }), each(10)],
      ],
    },
  },
  {
    key: 'deliveries',
    title: 'Events that reach their subscribers within 250 ms of their commit',
    target: 0.99,
    bad: (window) =>
      late(rate(count('deliveryDelay'), window), rate(atMost('deliveryDelay', DELIVERED_WITHIN_S), window)),
    all: (window) => rate(count('deliveryDelay'), window),
    meaning: 'Live progress comes late. Nothing is lost: a reader gets every event, in order.',
    steps: [
      'Look at `iceos_event_loop_delay_seconds`: a gateway whose loop is held delivers to nobody.',
      'Compare `iceos_subscriptions_open` with what one gateway of yours carries, and start another one.',
      'If `iceos_streams_lagged_total` grows, single readers are slow, and they alone are told so.',
      'If notifications of the database do not arrive (a pooler in transaction mode between), gateways poll each second.',
    ],
    examples: {
      fault: [
        [count('deliveryDelay'), each(10)],
        [atMost('deliveryDelay', DELIVERED_WITHIN_S), each(8)],
      ],
      health: [
        [count('deliveryDelay'), each(10)],
        [atMost('deliveryDelay', DELIVERED_WITHIN_S), each(10)],
      ],
    },
  },
  {
    key: 'claims',
    title: 'Due executions that an orchestrator takes within 5 s',
    target: 0.99,
    bad: (window) => late(rate(count('claimDelay'), window), rate(atMost('claimDelay', CLAIMED_WITHIN_S), window)),
    all: (window) => rate(count('claimDelay'), window),
    meaning: 'Work that could go on waits for an orchestrator.',
    steps: [
      'Look at `iceos_orchestrators_alive` and at `iceos_executions_running` against ICEOS_MAX_RUNNING_EXECUTIONS: when all are full, start another one.',
      'Look at `iceos_batch_duration_seconds`: a slow disk of the database slows every step.',
      'Look at `iceos_leases_lost_total`: orchestrators that lose leases have work taken from them.',
    ],
    examples: {
      fault: [
        [count('claimDelay'), each(10)],
        [atMost('claimDelay', CLAIMED_WITHIN_S), each(8)],
      ],
      health: [
        [count('claimDelay'), each(10)],
        [atMost('claimDelay', CLAIMED_WITHIN_S), each(10)],
      ],
    },
  },
  {
    key: 'executions',
    title: 'Executions that do not fail because of the platform',
    target: 0.999,
    bad: (window) => rate(series('executionsFailed', { cause: 'platform' }), window),
    all: (window) => rate(series('executionsFinished'), window),
    meaning: 'Executions fail for reasons that their authors cannot mend.',
    steps: [
      'List what failed, by the query `executions` with the status FAILED, and read the reason of each: toolUnavailable, agentUnavailable, modelUnavailable or orchestratorCrashed.',
      'For modelUnavailable look at `iceos_model_calls_total` by outcome, and at the status page of the provider.',
      'For toolUnavailable and agentUnavailable compare what this release registers with what the blueprints were published with.',
    ],
    examples: {
      fault: [
        [series('executionsFailed', { cause: 'platform' }), each(2)],
        [series('executionsFinished', { status: 'failed' }), each(10)],
      ],
      health: [
        [series('executionsFailed', { cause: 'platform' }), each(0)],
        [series('executionsFinished', { status: 'failed' }), each(10)],
      ],
    },
  },
];

/**
 * How fast the budget of 30 days may burn, and over which two windows that is seen: the long one says that it matters, the
 * short one that it goes on (Google, The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts").
 */
export const BURN_RATES = [
  { factor: 14.4, long: '1h', short: '5m', severity: 'page' },
  { factor: 6, long: '6h', short: '30m', severity: 'page' },
  { factor: 3, long: '1d', short: '2h', severity: 'ticket' },
  { factor: 1, long: '3d', short: '6h', severity: 'ticket' },
] as const;

/** Every window of `BURN_RATES`, each once. */
export const WINDOWS: readonly string[] = [...new Set(BURN_RATES.flatMap(({ long, short }) => [short, long]))];

/** Events that were bad, as a share of all, over a window: what the recording rules keep. */
export const badShareOf = ({ bad, all }: Objective, window: string): string => `(${bad(window)}) / (${all(window)})`;

/** The name of such a recording rule. */
export const badShareName = (window: string): string => `objective:iceos_bad:ratio_rate${window}`;
