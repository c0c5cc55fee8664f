import { buckets, quantile, rate, series } from '../../src/telemetry/promql.ts';
import { badShareName, OBJECTIVES } from '../../src/telemetry/objectives.ts';
import type { HistogramName } from '../../src/telemetry/metric-name.ts';

/** One line of a panel: what is asked, and what the line is called. */
type Target = readonly [legend: string, expression: string];

interface Panel {
  readonly title: string;
  /** Grafana's name of the unit. */
  readonly unit: 'short' | 'ops' | 's' | 'bytes' | 'percentunit' | 'currencyUSD';
  readonly targets: readonly Target[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const WINDOW = '$__rate_interval';
const by = (vector: string, label: string): Target => [`{{${label}}}`, rate(vector, WINDOW, label)];
const durations = (name: HistogramName): readonly Target[] => [
  ['half of them', quantile(0.5, name, WINDOW)],
  ['95 %', quantile(0.95, name, WINDOW)],
  ['99 %', quantile(0.99, name, WINDOW)],
];

const perModel = (vector: string): Target => ['{{model}}', rate(vector, WINDOW, 'model')];

/** What deploy/grafana has, from the one list of metrics: none of them can ask for what is not there. */
export const DASHBOARDS: readonly Dashboard[] = [
  {
    uid: 'iceos-overview',
    title: 'iceOS: overview',
    panels: [
      ...OBJECTIVES.map(({ key, title, target }): Panel => ({
        title: `${title}: bad share`,
        unit: 'percentunit',
        targets: [
          ['1 h', `${badShareName('1h')}{objective="${key}"}`],
          ['3 d', `${badShareName('3d')}{objective="${key}"}`],
          ['allowed', `vector(${Number((1 - target).toPrecision(4))})`],
        ],
      })),
      { title: 'Executions that ended', unit: 'ops', targets: [by(series('executionsFinished'), 'status')] },
      { title: 'Operations', unit: 'ops', targets: [by(series('operations'), 'outcome')] },
      { title: 'Unexpected errors', unit: 'ops', targets: [by(series('unexpectedErrors'), 'part')] },
      {
        title: 'The whole',
        unit: 'short',
        targets: [
          ['orchestrators', `max(${series('orchestratorsAlive')})`],
          ['databases out of reach', `count(${series('databaseUp')} == 0) or vector(0)`],
          ['ledger mismatches', `max(${series('ledgerMismatches')})`],
        ],
      },
      {
        title: 'Event loop, 99 %',
        unit: 's',
        targets: [['{{instance}}', series('eventLoopDelay', { percentile: '99' })]],
      },
      {
        title: 'Event loop held, a minute',
        unit: 'short',
        targets: [['{{instance}}', `60 * rate(${series('eventLoopHolds')}[${WINDOW}])`]],
      },
      { title: 'Resident memory', unit: 'bytes', targets: [['{{instance}}', series('residentMemory')]] },
      { title: 'Processors', unit: 'short', targets: [['{{instance}}', `rate(${series('processCpu')}[${WINDOW}])`]] },
    ],
  },
  {
    uid: 'iceos-executions',
    title: 'iceOS: executions',
    panels: [
      {
        title: 'Started and ended',
        unit: 'ops',
        targets: [['started', rate(series('executionsStarted'), WINDOW)], by(series('executionsFinished'), 'status')],
      },
      { title: 'Failed, by who can mend it', unit: 'ops', targets: [by(series('executionsFailed'), 'cause')] },
      { title: 'Running', unit: 'short', targets: [['{{instance}}', series('executionsRunning')]] },
      { title: 'Oldest due execution', unit: 's', targets: [['waits for', `max(${series('oldestDue')})`]] },
      { title: 'From due to claimed', unit: 's', targets: durations('claimDelay') },
      { title: 'From the request to the end', unit: 's', targets: durations('executionDuration') },
      { title: 'Attempts', unit: 'ops', targets: [by(series('attempts'), 'outcome')] },
      { title: 'An attempt', unit: 's', targets: durations('attemptDuration') },
      { title: 'Skipped nodes', unit: 'ops', targets: [by(series('nodesSkipped'), 'cause')] },
      {
        title: 'Pauses and cancels',
        unit: 'ops',
        targets: [by(series('executionsPaused'), 'cause'), ['canceled', rate(series('cancelRequests'), WINDOW)]],
      },
      { title: 'One commit', unit: 's', targets: durations('batchDuration') },
      {
        title: 'In one commit',
        unit: 'short',
        targets: [
          ['executions, half of them', quantile(0.5, 'batchExecutions', WINDOW)],
          ['events, half of them', quantile(0.5, 'batchEvents', WINDOW)],
        ],
      },
      {
        title: 'Leases',
        unit: 'ops',
        targets: [by(series('executionsClaimed'), 'by'), ['lost', rate(series('leasesLost'), WINDOW)]],
      },
    ],
  },
  {
    uid: 'iceos-gateway',
    title: 'iceOS: gateway',
    panels: [
      { title: 'Operations by type', unit: 'ops', targets: [by(series('operations'), 'type')] },
      { title: 'Operations by outcome', unit: 'ops', targets: [by(series('operations'), 'outcome')] },
      { title: 'An operation', unit: 's', targets: durations('operationDuration') },
      { title: 'Too much asked for', unit: 'ops', targets: [['refused', rate(series('rateLimited'), WINDOW)]] },
      { title: 'Nobody knows who asks', unit: 'ops', targets: [by(series('failedAuthentications'), 'cause')] },
      { title: 'No room for a stream', unit: 'ops', targets: [by(series('refusedStreams'), 'transport')] },
      {
        title: 'Open subscriptions',
        unit: 'short',
        targets: [['{{transport}}', `sum by (transport) (${series('openSubscriptions')})`]],
      },
      { title: 'From the commit to the message', unit: 's', targets: durations('deliveryDelay') },
      { title: 'Streams that lagged', unit: 'ops', targets: [['lagged', rate(series('laggedStreams'), WINDOW)]] },
      { title: 'Version conflicts', unit: 'ops', targets: [by(series('versionConflicts'), 'outcome')] },
    ],
  },
  {
    uid: 'iceos-sandbox',
    title: 'iceOS: sandbox',
    panels: [
      { title: 'Calls by outcome', unit: 'ops', targets: [by(series('sandboxRuns'), 'outcome')] },
      { title: 'Calls by layer', unit: 'ops', targets: [by(series('sandboxLayerRuns'), 'layer')] },
      { title: 'Denied system calls', unit: 'ops', targets: [by(series('sandboxDenied'), 'profile')] },
      { title: 'A call', unit: 's', targets: durations('sandboxWall') },
      { title: 'Waiting for a worker', unit: 's', targets: durations('sandboxWait') },
      { title: 'Workers taken', unit: 'ops', targets: [by(series('sandboxTaken'), 'source')] },
      { title: 'Workers', unit: 'short', targets: [['{{state}}', `sum by (state) (${series('sandboxWorkers')})`]] },
      { title: 'Resident memory of workers', unit: 'bytes', targets: [['{{instance}}', series('sandboxResident')]] },
      {
        title: 'Largest size of a worker',
        unit: 'bytes',
        targets: [['95 %', `histogram_quantile(0.95, ${rate(buckets('sandboxPeakMemory'), WINDOW, 'le')})`]],
      },
      {
        title: 'Processors',
        unit: 'short',
        targets: [by(series('sandboxCpu'), 'kind'), ['live workers have used', `sum(${series('sandboxLiveCpu')})`]],
      },
      { title: 'Requests to the broker', unit: 'ops', targets: [by(series('hostCalls'), 'kind')] },
      { title: 'Bytes through the broker', unit: 'bytes', targets: [by(series('hostBytes'), 'direction')] },
    ],
  },
  {
    uid: 'iceos-models',
    title: 'iceOS: models and cost',
    panels: [
      {
        title: 'US dollars an hour',
        unit: 'currencyUSD',
        targets: [['{{model}}', `3600 * ${rate(series('modelCost'), WINDOW, 'model')}`]],
      },
      { title: 'Calls', unit: 'ops', targets: [by(series('modelCalls'), 'outcome')] },
      { title: 'Tokens in', unit: 'ops', targets: [perModel(series('modelTokens', { direction: 'input' }))] },
      { title: 'Tokens out', unit: 'ops', targets: [perModel(series('modelTokens', { direction: 'output' }))] },
      { title: 'Uses of memory', unit: 'ops', targets: [by(series('memoryOperations'), 'kind')] },
      { title: 'Tokens of memory', unit: 'ops', targets: [by(series('memoryTokens'), 'kind')] },
    ],
  },
];

const COLUMNS = 2;
const WIDTH = 12;
const HEIGHT = 8;

/** A dashboard as Grafana imports it; the data source is chosen there. */
export function dashboardJson({ uid, title, panels }: Dashboard): string {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  const document = {
    ...{ uid, title, schemaVersion: 39, version: 1, editable: true, refresh: '30s', tags: ['iceos'] },
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }] },
    panels: panels.map((panel, index) => ({
      id: index + 1,
      type: 'timeseries',
      title: panel.title,
      datasource,
      gridPos: { x: (index % COLUMNS) * WIDTH, y: Math.floor(index / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT },
      fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
      targets: panel.targets.map(([legendFormat, expr], target) => ({
        ...{ refId: String.fromCodePoint('A'.charCodeAt(0) + target), datasource, expr, legendFormat },
      })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
