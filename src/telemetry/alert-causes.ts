import type { Alert, Runbook } from './alerts.ts';
import { rate, series } from './promql.ts';

/** An alert and its runbook in one. */
interface Cause extends Omit<Alert, 'runbook' | 'labels'>, Omit<Runbook, 'name' | 'title'> {}

/** The same series, as scraped from one process. */
const onOne = (selected: string): string => selected.replace('}', ', instance="a"}');

const OVERDUE_S = 60;
const HELD_S = 0.2;
const HOLDS_PER_MINUTE = 1;

/** Few, and only what an objective would show too late or not at all. */
export const CAUSES: readonly Cause[] = [
  {
    name: 'IceosWatchdog',
    expression: 'vector(1)',
    for: '0m',
    severity: 'none',
    fires: { interval: '1m', at: '20m', fault: [], health: undefined },
    summary: 'Alerts arrive. This one always fires.',
    meaning: 'It fires as long as Prometheus evaluates these rules and Alertmanager hands them on.',
    impact: 'None. When it stops, no alert can be relied on.',
    steps: ['Route it to a service that calls when it hears nothing (a dead man’s switch).'],
  },
  {
    name: 'IceosAbsent',
    expression: `absent(${series('executionsRunning')})`,
    for: '2m',
    severity: 'page',
    fires: { interval: '1m', at: '20m', fault: [['up', '1x30']], health: [[series('executionsRunning'), '0x30']] },
    summary: 'No process of iceOS is scraped.',
    meaning: 'Prometheus has no target that answers with the metrics of iceOS.',
    impact: 'Clients cannot reach the product, or nobody sees how it does.',
    steps: [
      'Look at the targets of Prometheus: an answer of 403 wants ICEOS_METRICS_TOKEN as the bearer token of the scrape, one of 421 the name of the target in ICEOS_ALLOWED_HOSTS.',
      'Ask a process itself: `curl -i http://HOST:PORT/healthz` and `/readyz`.',
      'Look at the last lines of its log: a start that is refused says why in one sentence.',
    ],
  },
  {
    name: 'IceosDatabaseDown',
    expression: `min(${series('databaseUp')}) == 0`,
    for: '1m',
    severity: 'page',
    fires: {
      interval: '1m',
      at: '20m',
      fault: [[series('databaseUp'), '1 0x30']],
      health: [[series('databaseUp'), '1x30']],
    },
    summary: 'A process does not reach its database.',
    meaning: 'The database did not answer when the metrics of a process were read.',
    impact: 'Its clients get UNAVAILABLE. Executions stand still and go on by themselves afterwards; nothing is lost.',
    steps: [
      'Compare the processes: one that is alone with it has a network or a pool of its own that fails.',
      'Look at the database: is it up, has it connections left (`select count(*) from pg_stat_activity`), is its disk full?',
      'No restart of iceOS is needed: it connects again.',
    ],
  },
  {
    name: 'IceosExecutionsOverdue',
    expression: `max(${series('oldestDue')}) > ${OVERDUE_S}`,
    for: '2m',
    severity: 'page',
    fires: {
      interval: '1m',
      at: '20m',
      fault: [[series('oldestDue'), '0+60x30']],
      health: [[series('oldestDue'), '2x30']],
    },
    summary: 'An execution is due for more than a minute, and no orchestrator takes it.',
    meaning: 'The execution that waits longest is not claimed by anybody.',
    impact: 'Starts, timers and resumes wait.',
    steps: [
      'Look at `iceos_orchestrators_alive`: 0 means that none runs.',
      'Compare `iceos_executions_running` with ICEOS_MAX_RUNNING_EXECUTIONS: when all are full, start another orchestrator.',
      'If there is room, look in the log of the orchestrators for "something failed and is tried again".',
      'After a downgrade: executions that a newer release has carried forward are left to it.',
    ],
  },
  {
    name: 'IceosNoOrchestrator',
    expression: `max(${series('orchestratorsAlive')}) < 1`,
    for: '1m',
    severity: 'page',
    fires: {
      interval: '1m',
      at: '20m',
      fault: [[series('orchestratorsAlive'), '1 0x30']],
      health: [[series('orchestratorsAlive'), '1x30']],
    },
    summary: 'No process carries executions forward.',
    meaning: 'The database knows of no orchestrator whose heartbeat is fresh.',
    impact: 'Executions can be started and read, and none goes on.',
    steps: [
      'Start a process with ICEOS_ROLE=all or ICEOS_ROLE=orchestrator.',
      'If one runs, look in its log for lost heartbeats: its clock does not matter, its connection to the database does.',
    ],
  },
  {
    name: 'IceosSandboxFailed',
    expression: `${rate(series('sandboxRuns', { outcome: 'sandboxFailed' }), '10m')} > 0`,
    for: '1m',
    severity: 'page',
    fires: {
      interval: '1m',
      at: '20m',
      fault: [[series('sandboxRuns', { outcome: 'sandboxFailed' }), '0+1x30']],
      health: [[series('sandboxRuns', { outcome: 'succeeded' }), '0+1x30']],
    },
    summary: 'Tools or code could not be confined, and did not run.',
    meaning: 'The sandbox refused calls: a worker did not start, did not prove its confinement, or could not be ended.',
    impact: 'The attempts fail, and are tried again as their policy says.',
    steps: [
      'Run `iceos doctor` as the user of the service: it attacks a worker of its own and says which layer holds.',
      'After an update of the kernel or of the container runtime compare its seccomp and AppArmor profiles with `deploy/`.',
      'Look for exhausted processes, memory or file descriptors of the machine.',
    ],
  },
  {
    name: 'IceosUnconfined',
    expression: `${rate(series('sandboxLayerRuns', { layer: 'development' }), '10m')} > 0`,
    for: '0m',
    severity: 'page',
    fires: {
      interval: '1m',
      at: '20m',
      fault: [[series('sandboxLayerRuns', { layer: 'development' }), '0+1x30']],
      health: [[series('sandboxLayerRuns', { layer: 'full' }), '0+1x30']],
    },
    summary: 'Untrusted code runs without confinement.',
    meaning:
      'A process runs with ICEOS_SANDBOX=development, or with best-available on a machine that confines nothing: both are for developers.',
    impact: 'What a tool or a code node does is held back by nothing.',
    steps: [
      'Stop the process, set ICEOS_SANDBOX=confined, and run `iceos doctor`.',
      'Treat the machine as one on which unknown code had the rights of the service.',
    ],
  },
  {
    name: 'IceosLedgerMismatch',
    expression: `max(${series('ledgerMismatches')}) > 0`,
    for: '0m',
    severity: 'ticket',
    fires: {
      interval: '1m',
      at: '20m',
      fault: [[series('ledgerMismatches'), '1x30']],
      health: [[series('ledgerMismatches'), '0x30']],
    },
    summary: 'A budget does not have the sum of its rows in the ledger.',
    meaning: 'Both are changed by one statement, so that this is a bug, or somebody has changed the tables by hand.',
    impact: 'Costs are not what `usageTotals` says, or budgets stop too early or too late.',
    steps: [
      'Compare `budgets.spent_usd_micros` with the sum of `ledger.cost_usd_micros` by `root_execution_id` for the last hour.',
      'Keep the rows, and report them: the ledger is the truth, as its rows are never changed.',
    ],
  },
  {
    name: 'IceosLeasesLost',
    expression: `${rate(series('leasesLost'), '15m')} > 0`,
    for: '5m',
    severity: 'ticket',
    fires: {
      interval: '1m',
      at: '20m',
      fault: [[series('leasesLost'), '0+1x30']],
      health: [[series('leasesLost'), '3x30']],
    },
    summary: 'Orchestrators lose leases again and again.',
    meaning: 'Heartbeats come too late, so that others take over what is still being worked on.',
    impact: 'Attempts are abandoned and begun again. Outcomes are recorded once all the same.',
    steps: [
      'Look at `iceos_event_loop_delay_seconds` of the process that loses them.',
      'Look at the time that the database takes to answer, and for a pooler that cuts long connections.',
    ],
  },
  {
    name: 'IceosEventLoopHeld',
    expression: `max by (instance) (${series('eventLoopDelay', { percentile: '99' })}) > ${HELD_S}`,
    for: '5m',
    severity: 'ticket',
    fires: {
      interval: '1m',
      at: '20m',
      fault: [[onOne(series('eventLoopDelay', { percentile: '99' })), '0.4x30']],
      health: [[onOne(series('eventLoopDelay', { percentile: '99' })), '0.02x30']],
      labels: { instance: 'a' },
    },
    summary: 'The event loop of a process is late by more than 200 ms, again and again.',
    meaning: 'The process has more to do than one processor can, or something blocks its main thread.',
    impact: 'Everything that it answers and delivers is late.',
    steps: [
      'Compare `rate(process_cpu_seconds[5m])` with 1: near it the process is full, and another one takes its share.',
      'Else something blocks: start the process with ICEOS_EVENT_LOOP_STACKS=on, and the log says with a stack what it is.',
    ],
  },
  {
    name: 'IceosEventLoopBlocked',
    expression: `sum by (instance) (rate(${series('eventLoopHolds')}[10m])) * 60 > ${HOLDS_PER_MINUTE}`,
    for: '5m',
    severity: 'ticket',
    fires: {
      interval: '1m',
      at: '30m',
      fault: [[`${series('eventLoopHolds')}{instance="a"}`, '0+3x40']],
      health: [[`${series('eventLoopHolds')}{instance="a"}`, '7x40']],
      labels: { instance: 'a' },
    },
    summary: 'Something holds the main thread of a process again and again.',
    meaning: 'More than once a minute one stretch of work takes longer than ICEOS_EVENT_LOOP_LIMIT_MS.',
    impact: 'While it lasts the process answers nobody, and renews no lease.',
    steps: [
      'Start it with ICEOS_EVENT_LOOP_STACKS=on, and look in its log for "the event loop was held": report the stack of the line.',
      'If the stacks differ, the machine has too few processors for its work, or the heap is nearly full.',
    ],
  },
];
