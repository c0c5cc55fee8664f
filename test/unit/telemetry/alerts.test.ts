import { describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../../../scripts/observability/dashboards.ts';
import { ALERTS, RUNBOOKS } from '../../../src/telemetry/alerts.ts';
import { CONFIGURED_MODELS, MOST_MODELS, type LabelValues } from '../../../src/telemetry/describe-metric.ts';
import { METRICS } from '../../../src/telemetry/metric-name.ts';
import { badShareName, badShareOf, OBJECTIVES, WINDOWS } from '../../../src/telemetry/objectives.ts';

const MOST_LABEL_SETS = 200;

const known = new Set(
  Object.values(METRICS).flatMap(({ name, type }) =>
    type === 'histogram' ? ['_bucket', '_count', '_sum'].map((suffix) => `${name}${suffix}`) : [name],
  ),
);
const recorded = new Set(WINDOWS.map(badShareName));
const namesIn = (expression: string): readonly string[] =>
  expression.match(/\b(objective:iceos_bad:[a-z0-9_]+|iceos_[a-z_]+|process_[a-z_]+)/g) ?? [];
const strangers = (expression: string): readonly string[] =>
  namesIn(expression).filter((name) => !known.has(name) && !recorded.has(name));

describe('The one list of metrics', () => {
  it('has at most 200 label sets a metric, with as many models as there may be', () => {
    const valuesOf = (values: LabelValues): number => (values === CONFIGURED_MODELS ? MOST_MODELS + 1 : values.length);
    for (const { name, labels } of Object.values(METRICS)) {
      const sets = Object.values<LabelValues>(labels).reduce((product, values) => product * valuesOf(values), 1);
      expect(sets, name).toBeLessThanOrEqual(MOST_LABEL_SETS);
    }
  });

  it('is all that alerts, objectives and dashboards ask for', () => {
    const expressions = [
      ...ALERTS.map(({ expression }) => expression),
      ...OBJECTIVES.flatMap((objective) => WINDOWS.map((window) => badShareOf(objective, window))),
      ...DASHBOARDS.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(([, asked]) => asked))),
    ];
    expect(expressions.length).toBeGreaterThan(100);
    expect(expressions.flatMap(strangers)).toEqual([]);
    expect(strangers('sum(iceos_executions_ended_total)')).toEqual(['iceos_executions_ended_total']);
  });

  it('is on a dashboard, each of it', () => {
    const asked = DASHBOARDS.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(([, text]) => text)));
    const shown = new Set(asked.flatMap(namesIn).map((name) => name.replace(/_(bucket|count|sum)$/, '')));
    expect(Object.values(METRICS).filter(({ name }) => !shown.has(name))).toEqual([]);
  });
});

describe('Each alert', () => {
  it('has a runbook that says what it means and what to do', () => {
    const runbooks = new Map(RUNBOOKS.map((runbook) => [runbook.name, runbook]));
    expect(runbooks.size).toBe(RUNBOOKS.length);
    for (const { runbook } of ALERTS) expect(runbooks.get(runbook)?.steps.length, runbook).toBeGreaterThan(0);
    const used = new Set(ALERTS.map(({ runbook }) => runbook));
    expect([...runbooks.keys()].filter((name) => !used.has(name))).toEqual([]);
  });

  it('says what it fires on and what not, but for the one that always does', () => {
    for (const { name, fires } of ALERTS) {
      expect(fires.health === undefined, name).toBe(name === 'IceosWatchdog');
      if (name !== 'IceosWatchdog') expect(fires.fault.length, name).toBeGreaterThan(0);
    }
  });

  it('burns with a pace that its objective can reach', () => {
    for (const { name, expression, labels } of ALERTS) {
      if (labels === undefined) continue;
      for (const [, bound] of expression.matchAll(/> ([\d.]+)/g)) {
        expect(Number(bound), name).toBeGreaterThan(0);
        expect(Number(bound), name).toBeLessThan(1);
      }
    }
  });
});
